"""What holds of every board: the future changes nothing, rows have a key, and each column says what it means."""

import re

import ibis
import pytest

from features.boards import BOARDS
from features.boards.board import TYPES
from features.boards.sight import SCORED, Sight
from tests.features.boards.conftest import AT

COLUMNS = [(board.name, column) for board in BOARDS.values() for column in board.columns]
# Made of settings or an earlier snapshot that the small base has not; their own tests make them.
ELSEWHERE = ("next", "goals", "community", "private_domain")
every = pytest.mark.parametrize("name", list(BOARDS))
made_here = pytest.mark.parametrize("name", [name for name in BOARDS if name not in ELSEWHERE])


def texts(name):
    board = BOARDS[name]
    yield from (board.title, board.says)
    for column in board.columns:
        yield from (column.title, column.says, *([column.null] if column.null else []))


@every
def test_title_sentence_columns_and_nulls_are_said_in_both_languages(name):
    for text in texts(name):
        assert text["en"].strip() and re.search(r"[A-Za-z]", text["en"]) and not re.search(r"[一-鿿]", text["en"])
        assert text["zh"].strip() and (re.search(r"[一-鿿]", text["zh"]) or "、" in text["zh"])
    assert all(one.says["en"].endswith(".") and one.says["zh"].endswith("。") for one in BOARDS[name].columns)
    assert BOARDS[name].says["en"].endswith(".") and BOARDS[name].says["zh"].endswith("。")


@every
def test_a_board_has_its_key_first_its_ids_told_and_no_column_twice(name):
    board = BOARDS[name]
    names = [one.name for one in board.columns]
    assert len(set(names)) == len(names) and 0 < board.key < len(names)
    assert all(one.kind in TYPES for one in board.columns)
    assert board.people == any(one.kind in ("id", "texts") for one in board.columns)


@made_here
def test_rows_are_told_apart_by_the_key_and_in_its_order(small, name):
    made = small.made(name)
    assert len(made) and not made.duplicated([one.name for one in BOARDS[name].columns[: BOARDS[name].key]]).any()


@made_here
def test_what_comes_at_or_after_the_date_changes_nothing(small, name):
    """Without the rows from the date on, a board is the same; the base's logs go on for three weeks."""
    cut, literal = {}, ibis.literal(AT, "timestamp(6)")
    for one, table in small.sight.tables.items():
        if one != SCORED:
            column = "signup_time" if one == "users" else "time"
            table = table.filter(table[column] < literal)
            others = [at for at, kind in table.schema().items() if kind.is_timestamp() and at != column]
            table = table.mutate(**{at: ibis.ifelse(table[at] < literal, table[at], None) for at in others})
        cut[one] = table
    sight = Sight(small.base.config, AT, cut)
    board = BOARDS[name]
    alone = board.rows(small.base.con.to_pyarrow(board.build(sight)), sight).to_pandas()
    assert alone.equals(small.made(name))


def test_the_base_has_rows_after_the_date(small):
    for name in ("orders", "events", "messages", "points", "feedback", "costs"):
        table = small.sight.tables[name]
        assert small.base.con.to_pyarrow((table.time >= AT).sum()).as_py() > 10
