"""A question in holdfast.toml stops what would read it, in one line."""

import pytest

from features.config import load
from features.config.open_questions import open_questions, refusal
from features.errors import BadInput


@pytest.mark.parametrize(
    "line, wanted",
    [
        ('columns = { amount = "? total or paid" }', "tables.orders.columns.amount: open question: total or paid"),
        ('columns = { amount = "?" }', "tables.orders.columns.amount: open question: which column or value is meant?"),
        ('time_format = "? day or month"', "tables.orders.time_format: open question: day or month"),
        ('decimal = "? point or comma"', "tables.orders.decimal: open question: point or comma"),
        ('cancelled = ["a == 1", "? b"]', "tables.orders.cancelled[1]: open question: b"),
    ],
)
def test_a_question_is_said_with_its_key_and_the_cure(tmp_path, line, wanted):
    file = tmp_path / "holdfast.toml"
    file.write_text(f'[tables.orders]\npath = "a.csv"\n{line}\n')
    with pytest.raises(BadInput) as caught:
        load(file)
    assert str(caught.value) == f"holdfast.toml: {wanted}; write the answer in its place"


def test_the_first_is_said_and_the_others_are_counted():
    data = {"tables": {"orders": {"decimal": "? a\n b", "columns": {"amount": "?c"}}}}
    assert len(open_questions(data)) == 2
    assert refusal(data) == "tables.orders.decimal: open question: a b; write the answer in its place (and 1 more)"


@pytest.mark.parametrize("data", [{}, {"tables": 1}, {"tables": {"orders": 3}}, {"project": {"name": "?"}}, []])
def test_other_values_are_no_questions(data):
    assert refusal(data) == ""


def test_a_question_mark_within_a_name_is_none():
    assert refusal({"tables": {"orders": {"columns": {"user_id": "who?"}}}}) == ""
