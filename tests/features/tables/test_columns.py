"""Our columns out of theirs: by name, by plain arithmetic, whatever white space a header holds."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput

TOML = '[quality]\nmax_bad_share = 0.9\n[tables.orders]\npath = "orders.*"\n'
LINES = "user_id,time,Quantity,Unit Price,status\n1,2026-01-01,3,2.55,paid\n2,2026-01-01,7,0.3333,cancelled\n"


def amounts(cleaned, settings, **files):
    tables, rows = cleaned(TOML + settings, **files)
    return {row["user_id"]: row["amount"] for row in rows["orders"]}, tables.counts["orders"]


def test_an_amount_is_worked_out_exactly(cleaned):
    columns = "columns = { amount = 'Quantity * \"Unit Price\"' }\n"
    assert amounts(cleaned, columns, **{"orders.csv": LINES})[0] == {1: Decimal("7.65"), 2: Decimal("2.3331")}


def test_cents_become_whole_units(cleaned):
    table = pa.table({"user_id": [1, 2], "time": pa.array([0, 1], pa.timestamp("us")), "price": [1999, 5]})
    table = table.set_column(1, "time", pa.array([10**15, 10**15], pa.timestamp("us")))
    found, _ = amounts(cleaned, 'columns = { amount = "price / 100" }\n', **{"orders.parquet": table})
    assert found == {1: Decimal("19.99"), 2: Decimal("0.05")}


def test_operands_are_read_in_the_tables_notation(cleaned):
    csv = {"orders.csv": 'user_id;time;qty;price\n1;2026-01-01;2;"1.234,50 €"\n'}
    columns = 'columns = { amount = "qty * price" }\ndecimal = ","\nthousands = "."\ncurrency = "€"\n'
    assert amounts(cleaned, columns, **csv)[0] == {1: Decimal("2469")}


def test_a_row_with_an_operand_that_is_no_number_is_set_aside_with_what_went_in(cleaned, tmp_path):
    csv = {"orders.csv": LINES.replace(",7,", ",seven,")}
    found, counts = amounts(cleaned, "columns = { amount = 'Quantity * \"Unit Price\"' }\n", **csv)
    assert found == {1: Decimal("7.65")} and counts.reasons == {"amount is not a number": 1}
    (kept,) = pq.read_table(tmp_path / "store" / "quarantine" / "orders.parquet").to_pylist()
    assert kept["amount"] == "seven * 0.3333" and not [name for name in kept if name.startswith("=")]


def test_a_column_that_is_there_is_no_arithmetic(cleaned):
    csv = {"orders.csv": "user_id,time,price/unit,price,unit\n1,2026-01-01,5,1,2\n"}
    assert amounts(cleaned, 'columns = { amount = "price/unit" }\n', **csv)[0] == {1: Decimal(5)}


@pytest.mark.parametrize(
    "text, words",
    [
        ("Quantity * Prices", "tables.orders.columns.amount: no column 'Prices' in orders.*; "),
        ("sum(Quantity)", "tables.orders.columns.amount: 'sum(' calls a function; write names of columns"),
        ("3 * 4", "tables.orders.columns.amount: '3 * 4' names no column; name one"),
    ],
)
def test_other_expressions_are_refused_with_the_cure(cleaned, text, words):
    with pytest.raises(BadInput) as caught:
        cleaned(TOML + f'columns = {{ amount = "{text}" }}\n', **{"orders.csv": LINES})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "header, theirs", [("user_id, time ,amount", " time"), ('user_id,"the\ntime",amount', "the time")]
)
def test_white_space_in_a_header_is_no_matter(cleaned, header, theirs):
    csv = {"orders.csv": header + "\n1,2026-01-01,5\n"}
    assert amounts(cleaned, f'columns = {{ time = "{theirs}" }}\n', **csv)[0] == {1: Decimal(5)}


@pytest.mark.parametrize(
    "rule",
    ["status == 'cancelled'", "status != 'paid'", "Quantity >= 7", "`Unit Price` < 1"],
)
def test_cancelled_rows_are_counted_and_left_out(cleaned, rule):
    settings = 'columns = { amount = "Quantity" }\n' + f'cancelled = "{rule}"\n'
    found, counts = amounts(cleaned, settings, **{"orders.csv": LINES})
    assert found == {1: Decimal(3)}
    assert (counts.rows, counts.used, counts.cancelled, counts.quarantined) == (2, 1, 1, 0)


def test_a_rule_on_a_column_that_is_not_there_is_told(cleaned):
    with pytest.raises(BadInput, match="tables.orders.cancelled: no column 'state' in orders.*; did you mean 'status'"):
        cleaned(TOML + 'columns = { amount = "Quantity" }\ncancelled = "state == \'x\'"\n', **{"orders.csv": LINES})
