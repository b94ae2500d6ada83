"""No spreadsheet runs a cell, numbers stay numbers, and what was guarded can be had back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import BadInput
from serving.campaigns.formats.cells import cell, guarded, json_value, plain

SIGNS = "=+-@\t\r"


@given(st.text(" \u3000\xa0\ufeff\n", max_size=3), st.sampled_from(SIGNS), st.text(max_size=20))
def test_what_begins_like_a_formula_also_after_blanks_stands_behind_a_quote(blanks, sign, rest):
    assert cell(blanks + sign + rest) == "'" + blanks + sign + rest


@given(st.text(st.characters(categories=["L", "N", "P"], exclude_characters="=+-@'＝＋－＠"), min_size=1))
def test_other_text_stays_as_it_is(text):
    assert cell(text) == text


@given(st.text("'=+-@ \tab1", max_size=6), st.text("'=+-@ \tab1", max_size=6))
def test_two_texts_never_become_one(a, b):
    assert (guarded(a) == guarded(b)) == (a == b)


def test_numbers_are_exempt_by_type():
    assert [cell(-1), cell(-0.5), cell("-1"), cell(True), cell(None)] == ["-1", "-0.5", "'-1", "true", ""]


def test_times_are_iso_in_utc():
    rows = plain(pa.table({"zoned": pa.array([datetime(2026, 2, 17, 9)], pa.timestamp("ns", "Asia/Shanghai"))}))
    assert cell(rows["zoned"][0].as_py()) == "2026-02-17T09:00:00Z"  # the instant was given in UTC
    assert [cell(date(2026, 2, 17)), json_value(datetime(2026, 2, 17, tzinfo=UTC))] == [
        "2026-02-17",
        "2026-02-17T00:00:00Z",
    ]


def test_no_number_is_null_in_json():
    assert [json_value(value) for value in (float("nan"), float("inf"), 1.5)] == [None, None, 1.5]


def test_a_list_of_reasons_is_one_cell_and_guarded():
    assert cell(["=1+1", None, "b"]) == "'=1+1; b"


def test_text_numbers_and_decimals_come_in_few_types():
    rows = pa.table(
        {
            "a": pa.array(["x"]).dictionary_encode(),
            "b": pa.array(["x"], pa.large_string()),
            "c": pa.array([Decimal("1.50")]),
            "d": pa.nulls(1),
            "e": pa.array([["x"]], pa.large_list(pa.large_string())),
        }
    )
    assert plain(rows).schema.types == [pa.string(), pa.string(), pa.float64(), pa.string(), pa.list_(pa.string())]


def test_a_column_that_no_list_can_carry_is_named_and_not_quoted():
    for values in (pa.array([b"secret"]), pa.array([{"a": "secret"}]), pa.array([[{"a": "secret"}]])):
        with pytest.raises(BadInput, match="column 'odd': a list cannot carry") as error:
            plain(pa.table({"odd": values}))
        assert "secret" not in str(error.value)
