"""The contract of a board is kept: other columns, types or nulls are refused, and what is missing is named."""

from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from features.boards.board import board, columns
from features.boards.sight import Sight
from features.errors import BadInput
from features.said import Said

GIVEN = columns(
    ("name", "text", "Name", "名称", "A name.", "名称。", "not known", "未知"),
    ("users", "count", "Users", "用户", "How many.", "数量。"),
)


@pytest.fixture
def sight(config_of):
    return Sight(config_of(), datetime(2026, 1, 1), {"orders": ibis.table({"user_id": "int64"}, name="orders")})


def made(**more):
    return board("names", ("Names", "名称"), ("Names.", "名称。"), 1, GIVEN, **more)(lambda sight: None)


def test_rows_get_the_order_of_the_key_and_the_types_of_the_columns(sight):
    rows = made().rows(pa.table({"users": pa.array([2, 1, 3], pa.int32()), "name": ["b", "a", None]}), sight)
    assert rows.to_pylist() == [{"name": "a", "users": 1}, {"name": "b", "users": 2}, {"name": None, "users": 3}]
    assert rows.schema.field("users").type == pa.int64() and rows.schema.field("users").metadata == {
        b"meaning": b"How many."
    }


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"name": ["a"]}, "board names: has the columns"),
        ({"name": ["a"], "users": [1], "more": [1]}, "its contract says"),
        ({"name": ["a"], "users": pa.array([None], pa.int64())}, "nulls in users, and its contract has none"),
    ],
)
def test_rows_that_are_not_the_contracts_are_refused(sight, rows, words):
    with pytest.raises(BadInput, match=words):
        made().rows(pa.table(rows), sight)


def test_an_id_keeps_its_type(sight):
    (column,) = columns(("user_id", "id", "User", "用户", "Who.", "谁。"))
    one = board("ids", ("Ids", "编号"), ("Ids.", "编号。"), 1, [column])(lambda sight: None)
    assert one.rows(pa.table({"user_id": [3, 1]}), sight)["user_id"].to_pylist() == [1, 3]
    assert one.rows(pa.table({"user_id": ["x"]}), sight)["user_id"].type == pa.string()


def test_what_is_done_afterwards_is_done_before_the_contract_is_looked_at(sight):
    after = made(after=lambda rows, sight: rows.append_column("users", [[7]]))
    assert after.rows(pa.table({"name": ["a"]}), sight).to_pylist() == [{"name": "a", "users": 7}]


def test_a_board_says_what_it_lacks(sight):
    assert made().lacks(sight) is None and made(needs=("orders",)).lacks(sight) is None
    assert made(needs=("users", "events")).lacks(sight) == "needs [tables.users] and [tables.events]"
    assert made(scored=True).lacks(sight) == "needs a scored snapshot"


def test_a_text_is_read_by_language():
    assert (Said("day", "天")["en"], Said("day", "天")["zh"]) == ("day", "天")
    assert made().column("users").title["zh"] == "用户"
