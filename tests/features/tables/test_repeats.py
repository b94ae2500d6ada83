"""Exact copies of a row: dropped from orders, kept in events, said and counted in both; guests likewise."""

from decimal import Decimal

import pyarrow as pa
import pytest

from features.engine.duckdb_session import connect
from features.tables.clean import clean
from features.tables.repeats import kept_repeats

ORDERS = '[tables.orders]\npath = "*.csv"\n'
JAN = "user_id,order_id,time,sku,amount\n1,A,2026-01-05,x,100\n1,B,2026-01-31,x,40\n"
FEB = "user_id,order_id,time,sku,amount\n1,B,2026-01-31,x,40\n1,B,2026-01-31,y,40\n2,C,2026-02-05,x,60\n"
EVENTS = "user_id,time,event\n1,2026-02-01 10:00,view\n1,2026-02-01 10:00,view\n2,2026-02-01 10:00,view\n"


def test_copies_in_overlapping_exports_count_once_and_lines_of_one_order_do_not(cleaned):
    tables, rows = cleaned(ORDERS, **{"jan.csv": JAN, "feb.csv": FEB})
    counts = tables.counts["orders"]
    assert (counts.rows, counts.used, counts.merged, counts.repeats) == (5, 3, 1, 1)
    assert "3 used + 1 merged + 1 repeats + 0 quarantined" in str(counts)
    assert {row["order_id"]: row["amount"] for row in rows["orders"]} == {
        "A": Decimal(100),
        "B": Decimal(80),
        "C": Decimal(60),
    }


def test_copies_are_kept_on_demand(cleaned):
    tables, rows = cleaned(ORDERS + 'repeats = "keep"\n', **{"jan.csv": JAN, "feb.csv": FEB})
    assert tables.counts["orders"].repeats == 0
    assert {row["order_id"]: row["amount"] for row in rows["orders"]}["B"] == Decimal(120)


def test_parquet_is_told_the_same(cleaned):
    table = pa.table(
        {
            "user_id": [1, 1, 1],
            "time": pa.array([10**15] * 3, pa.timestamp("us")),
            "amount": [5.0, 5, 5],
            "sku": ["x", "x", "y"],
        }
    )
    tables, rows = cleaned('[tables.orders]\npath = "o.parquet"\n', **{"o.parquet": table})
    assert tables.counts["orders"].repeats == 1 and rows["orders"][0]["amount"] == 10


@pytest.mark.parametrize("setting, used", [("", 3), ('repeats = "drop"\n', 2)])
def test_copies_of_events_are_kept_unless_told(cleaned, setting, used):
    tables, rows = cleaned('[tables.events]\npath = "e.csv"\n' + setting, **{"e.csv": EVENTS})
    assert tables.counts["events"].used == len(rows["events"]) == used
    assert tables.counts["events"].repeats == 3 - used
    assert set(rows["events"][0]) == {"user_id", "time", "event"}


def test_copies_that_are_kept_are_said(shop):
    config = shop('[tables.events]\npath = "e.csv"\n', **{"e.csv": EVENTS})
    with connect(config) as con:
        assert [line.partition(" and count;")[0] for line in kept_repeats(con, config)] == [
            "tables.events: 1 rows are exact copies of others"
        ]


def test_guests_are_counted_and_are_not_bad(cleaned):
    csv = {"o.csv": "user_id,time,amount\n1,2026-01-05,1\n,2026-01-05,2\n ,soon,3\n"}
    counts = cleaned(ORDERS + 'guests = "drop"\n', **csv)[0].counts["orders"]
    assert (counts.rows, counts.used, counts.guests, counts.quarantined) == (3, 1, 2, 0)
    assert "2 guests" in str(counts)


def test_negative_amounts_are_counted_with_the_settings_that_take_them(shop):
    config = shop(
        "[quality]\nmax_bad_share = 1\n" + ORDERS, **{"o.csv": "user_id,time,amount\n1,2026-01-05,1\n1,2026-01-06,-1\n"}
    )
    with connect(config) as con:
        (note,) = clean(con, config).notes
    assert note.startswith('tables.orders: amount: 1 are negative: refunds = "negative" would') and "cancelled" in note
