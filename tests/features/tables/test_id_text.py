"""Ids as text: one id is the same in every type that files give it, and two ids never become one."""

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from features.tables.id_text import id_text


def texts(values):
    con = ibis.duckdb.connect()
    table = con.create_table("ids", pa.table({"id": values}))
    return con.to_pyarrow(table.select(found=id_text(table.id)))["found"].to_pylist()


SAME = {
    "integers": pa.array([7, None]),
    "small integers": pa.array([7, None], pa.int8()),
    "floats, as pandas writes integers with a gap": pa.array([7.0, float("nan")]),
    "decimals": pa.array([Decimal("7.00"), None], pa.decimal128(10, 2)),
    "text": pa.array(["7", ""]),
    "text with white space": pa.array([" 7 ", "  "]),
    "text that was floats": pa.array(["7.0", None]),
}


@pytest.mark.parametrize("values", SAME.values(), ids=SAME.keys())
def test_one_id_is_the_same_in_every_type(values):
    assert texts(values) == ["7", None]


def test_what_is_written_otherwise_is_another_id():
    written = ["7", "007", "07.0", "7.5", "A7", "a7", "+7", "7e0"]
    assert texts(pa.array(written)) == written


def test_long_integers_keep_every_digit_and_floats_that_lost_some_are_no_ids():
    long = 2**63 - 1
    assert texts(pa.array([long, 9007199254740993])) == [str(long), "9007199254740993"]
    assert texts(pa.array([2.0**53, 2.0**53 - 1])) == [None, "9007199254740991"]
