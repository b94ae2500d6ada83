"""No amount loses decimals without a word, and with ``digits`` it keeps them."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from features.build import build
from features.catalogue.feature import parse
from features.config import load
from features.errors import BadInput
from features.user_base import opened

ORDERS = '[tables.orders]\npath = "orders.*"\n'
NOON = datetime(2026, 1, 1, 12)
TOLD = "tables.orders: amount: {} have more than 4 decimals and are rounded"
KEPT = "; digits = 8 would keep 8"


def parquet(values):
    count = len(values)
    times = [NOON.replace(minute=minute) for minute in range(count)]
    return {"orders.parquet": pa.table({"user_id": [1] * count, "time": times, "amount": values})}


def csv(*amounts, header="amount"):
    lines = [f"1,2026-01-01 12:{minute:02},{amount}" for minute, amount in enumerate(amounts)]
    return {"orders.csv": "\n".join([f"user_id,time,{header}", *lines]) + "\n"}


# Amounts in some form → settings, and what is told of them; nothing where none loses anything.
FORMS = {
    "text": (csv("0.00004", "1.23456", "5"), "", TOLD.format(2) + ", 1 of them to 0" + KEPT),
    "text with zeros behind": (csv("1.500000", "2.0", "3"), "", None),
    "text with an exponent": (csv("4e-05", "1e-2"), "", TOLD.format(1) + ", 1 of them to 0" + KEPT),
    "text with a comma": (
        csv('"1,23456"', '"1.234,5"'),
        'decimal = ","\nthousands = "."\n',
        TOLD.format(1) + KEPT,
    ),
    "floats": (parquet([0.00004, 12.34, 1.23456]), "", TOLD.format(2) + ", 1 of them to 0" + KEPT),
    "floats off by a hair": (parquet([0.1 + 0.2, 1e9 / 3 * 3, 0.07 * 100]), "", None),
    "short floats": (parquet(pa.array([12.34, 0.1], pa.float32())), "", None),
    "decimals": (parquet(pa.array([Decimal("1.123456")], pa.decimal128(20, 6))), "", TOLD.format(1) + KEPT),
    "few decimals": (parquet(pa.array([Decimal("1.12")], pa.decimal128(20, 2))), "", None),
    "whole numbers": (parquet([1, 2]), "", None),
    "worked out": (
        csv("10,3", "10,4", header="price,parts"),
        'columns = { amount = "price / parts" }\n',
        TOLD.format(1) + KEPT,
    ),
}


@pytest.mark.parametrize("files, settings, line", FORMS.values(), ids=FORMS.keys())
def test_what_is_rounded_is_counted_and_said(cleaned, files, settings, line):
    assert cleaned(ORDERS + settings, **files)[0].notes == ((line,) if line else ())


def test_a_row_that_is_set_aside_is_not_counted_as_rounded(cleaned):
    toml = ORDERS + "[quality]\nmax_bad_share = 0.9\n"
    assert not any("rounded" in note for note in cleaned(toml, **csv("-1.23456", "5"))[0].notes)


@pytest.mark.parametrize("files", [csv("0.00004", "0.00000001"), parquet([0.00004, 0.00000001])])
def test_with_digits_small_amounts_are_kept_to_the_last_feature(cleaned, tmp_path, files):
    tables, rows = cleaned(ORDERS + "digits = 8\n", **files)
    assert {row["amount"] for row in rows["orders"]} == {Decimal("0.00004"), Decimal("0.00000001")}
    assert tables.notes == ()
    names = ["order_amount_total", "order_amount_decayed_90d", "order_amount_max"]
    with opened(load(tmp_path / "holdfast.toml")) as base:
        (row,) = build(base, datetime(2026, 1, 1, 13), [parse(name) for name in names]).to_pylist()
    assert row["order_amount_total"] == pytest.approx(0.00004001, rel=1e-12) and row["order_amount_max"] == 0.00004
    assert row["order_amount_decayed_90d"] == pytest.approx(0.00004001, rel=1e-2)


def test_fewer_digits_round_and_say_so(cleaned):
    tables, rows = cleaned(ORDERS + "digits = 0\n", **csv("1.4", "2"))
    assert [row["amount"] for row in rows["orders"]] != [] and {row["amount"] for row in rows["orders"]} == {1, 2}
    assert tables.notes == (TOLD.format(1).replace("4", "0") + KEPT,)


def test_a_table_without_amounts_has_no_digits(shop):
    toml = ORDERS + '[tables.users]\npath = "users.csv"\ndigits = 8\n'
    with pytest.raises(BadInput, match="tables.users.digits: this table has no amounts; take the line out"):
        shop(toml, **csv("1"))


@pytest.mark.parametrize("digits", [-1, 9, 2.5])
def test_digits_out_of_range_are_refused(shop, digits):
    with pytest.raises(BadInput, match="tables.orders.digits: "):
        shop(f"{ORDERS}digits = {digits}\n", **csv("1"))


def test_digits_are_part_of_what_a_model_was_trained_for(shop):
    before = shop(ORDERS, **csv("1")).model_hash()
    assert shop(ORDERS + "digits = 8\n", **csv("1")).model_hash() != before
