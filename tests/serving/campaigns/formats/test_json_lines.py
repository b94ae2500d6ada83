"""JSON lines are read back line by line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.campaigns.formats.json_lines import dumps, parts


def read(data: bytes) -> list[dict]:
    """jsonlines.org: UTF-8 without a mark, each line a JSON value, each ended by LF."""
    assert data.endswith(b"\n") and not data.startswith(b"\xef\xbb\xbf")

    def never(constant):
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=never) for line in data.decode("utf-8")[:-1].split("\n")]


def test_every_column_comes_back(a_list, target):
    rows = a_list(25, risk=[float("nan"), *[0.5] * 24], reasons=[["a\nb", "c"]] * 25)
    found = list(parts(rows, target(batch=10)))
    assert [one.rows for one in found] == [10, 10, 5] and {one.ending for one in found} == {".jsonl"}
    back = [row for one in found for row in read(one.data)]
    assert [row["user_id"] for row in back] == rows["user_id"].to_pylist()
    assert list(back[0]) == rows.column_names
    assert back[0]["risk"] is None and back[0]["offer"] is None and back[0]["send_before"] is None
    assert back[1]["reasons"] == ["a\nb", "c"] and back[1]["send_after"] == "2026-06-02T01:00:00Z"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_on_one_line(text):
    assert "\n" not in dumps({"a": text}) and json.loads(dumps({"a": text})) == {"a": text}


def test_a_number_that_json_has_not_is_an_error():
    with pytest.raises(ValueError):
        dumps(float("nan"))
