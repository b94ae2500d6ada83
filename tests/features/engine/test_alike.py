"""Expressions and notations give the same from every source and on every engine."""

from datetime import datetime
from decimal import Decimal

import pytest

from features.build import build, model_columns
from features.engine.duckdb_session import connect
from features.tables.clean import clean
from features.user_base import UserBase

NOW = datetime(2026, 6, 1)
COLUMNS = 'columns = { user_id = "buyer", time = "at", amount = "price * qty / 100", discount = "less" }'
SAID = 'time_format = "%d.%m.%Y %H:%M"\ndecimal = ","\nthousands = "."\ncurrency = "€"\ncancelled = "state == \'off\'"'
SAID += "\ndigits = 6\n"
REST = "[churn]\nhorizon_days = 30\nobserved_from = 2026-01-02\n[engine]\nthreads = 1\n"
ROWS = [
    ("1", "01.01.2026 09:00", "1.000,00 €", "3", "0", "on"),  # before the logs begin
    ("1", "13.02.2026 10:30", "1.234,5678 €", "3", "0,5", "on"),
    ("1", "13.02.2026 10:30", "-4,00 €", "1", "", "on"),
    ("2", "01.03.2026 23:59", "0,004 €", "7", "1,25", "on"),
    ("2", "02.03.2026 08:00", "10,00 €", "2", "", "off"),
    ("7", "02.03.2026 08:00", "(2,5)", "2", "", "on"),
    ("7", "04.04.2026 08:00", "9 €", "1", "", "on"),
]
HEADER = ("buyer", "at", "price", "qty", "less", "state")


def orders(source):
    return f'[tables.orders]\n{source}\nrefunds = "negative"\n{COLUMNS}\n{SAID}'


def from_csv(shop, kind="duckdb"):
    text = "\n".join(";".join(row) for row in (HEADER, *ROWS)) + "\n"
    return shop(orders('path = "orders.csv"\ndelimiter = ";"') + REST + f'kind = "{kind}"\n', **{"orders.csv": text})


def opened(config, at=datetime(2026, 4, 10)):
    """The clean orders, their counts, and every column of models."""
    with connect(config) as con:
        tables = clean(con, config, NOW)
        rows = con.to_pyarrow(tables["orders"].order_by("user_id", "time")).to_pylist()
        base = UserBase(config, con, tables)
        built = build(base, at, model_columns(config, tables)).sort_by("user_id")
        return rows, tables.counts["orders"], built.to_pylist()


def test_what_is_written_is_worked_out_exactly(shop):
    rows, counts, _ = opened(from_csv(shop))
    assert [row["amount"] for row in rows] == [
        Decimal("36.997034"),  # two lines of one order: 37.037034 and -0.04
        Decimal("0.000280"),
        Decimal("-0.05"),
        Decimal("0.09"),
    ]
    assert (counts.rows, counts.before, counts.cancelled, counts.merged, counts.used) == (7, 1, 1, 1, 4)


def test_a_server_gives_what_a_file_gives(shop, postgres):
    values = ", ".join("(" + ", ".join(f"'{value}'" for value in row) + ")" for row in ROWS)
    names = ", ".join(f"{name} text" for name in HEADER)
    postgres.sql(f"CREATE TABLE shop.orders ({names})", f"INSERT INTO shop.orders VALUES {values}")
    expected = opened(from_csv(shop))
    assert opened(shop(orders('uri = "${PG}"\ntable = "shop.orders"') + REST)) == expected


def test_a_server_that_knows_numbers_gives_the_same_amounts(shop, postgres):
    postgres.sql(
        "CREATE TABLE shop.orders (buyer int, at bigint, price numeric(12, 4), qty int, state text)",
        "INSERT INTO shop.orders VALUES (1, 1770978600, 1234.5678, 3, 'on'), (2, 1772409540000, 0.004, 7, 'on')",
    )
    said = 'time_format = ["epoch_s", "epoch_ms"]\ndigits = 6\n'
    columns = COLUMNS.replace(', discount = "less"', "")
    config = shop(f'[tables.orders]\nuri = "${{PG}}"\ntable = "shop.orders"\n{columns}\n{said}[engine]\nthreads = 1\n')
    with connect(config) as con:
        found = con.to_pyarrow(clean(con, config, NOW)["orders"].order_by("user_id")).to_pylist()
    assert [row["amount"] for row in found] == [Decimal("37.037034"), Decimal("0.000280")]
    assert found[0]["time"] == datetime(2026, 2, 13, 10, 30)


def test_spark_gives_what_duckdb_gives(shop, quick_spark):
    _, counts, expected = opened(from_csv(shop))
    _, again, found = opened(from_csv(shop, "spark"))
    assert again == counts and [row["user_id"] for row in found] == [row["user_id"] for row in expected] == [1, 2, 7]
    for mine, theirs in zip(expected, found, strict=True):
        for name, value in mine.items():
            close = pytest.approx(theirs[name], rel=1e-9) if isinstance(theirs[name], float) else theirs[name]
            assert value == close, name
    assert any(row["order_amount_total"] != round(row["order_amount_total"], 4) for row in expected)
