"""What is written is read as it was meant, whatever it holds."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.first_config.guess import Guess
from features.first_config.toml_text import section, toml

FOUND = Guess("orders", {"user_id": "u", "time": "t", "amount": "q * p"}, ("q", "p"))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_as_it_was_written(text):
    assert tomllib.loads(f"a = {toml(text)}") == {"a": text}
    assert tomllib.loads(f"a = {toml([text, text])}") == {"a": [text, text]}


def test_quotes_in_a_name_are_written_for_the_eye():
    assert toml('q * "unit price"') == "'q * \"unit price\"'"


def test_a_section_shows_three_examples_of_times_and_numbers_and_none_of_people(sample):
    one = sample("u,t,q,p", *(f"jo{n},2026-01-0{n},{n},{n}.5" for n in range(1, 6)))
    text = section(FOUND, one, ["a.csv"])
    assert tomllib.loads(text) == {"tables": {"orders": {"path": "a.csv", "columns": FOUND.columns}}}
    assert "# such as '2026-01-01', '2026-01-02', '2026-01-03'\n" in text and "jo" not in text
    assert "# such as '1', '2', '3' × '1.5', '2.5', '3.5'\n" in text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_value_and_no_note_breaks_out_of_its_comment(text):
    from features.first_config.sample import Sample

    rows = {"u": ["1"], "t": [text], "q": ["1"], "p": ["2"]}
    found = replace(FOUND, notes=(text,))
    read = tomllib.loads(section(found, Sample(None, tuple(rows), rows, {}), ["a.csv", "b.csv"]))
    assert read == {"tables": {"orders": {"path": ["a.csv", "b.csv"], "columns": FOUND.columns}}}


@pytest.mark.parametrize("key", ["column", "setting"])
def test_a_question_says_where_its_answer_goes(sample, key):
    found = replace(FOUND, columns=FOUND.columns | {"amount": "? a or b"}, operands=("a", "b"))
    if key == "setting":
        found = replace(FOUND, settings={"time_format": "? day or month"})
    text = section(found, sample("u,t,q,p", "1,2,3,4"), ["a.csv"])
    assert text.count("   # write the answer in place of the question\n") == 1
