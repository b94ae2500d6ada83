"""What several boards begin with is made once, and boards take it where it is there."""

import ibis
import pytest

from features.boards import BOARDS, KEPT
from features.boards.kept import Kept
from features.boards.sight import Sight
from tests.features.boards.test_boards import ELSEWHERE


def test_a_table_that_was_made_is_taken_and_else_worked_out():
    table, made = ibis.table({"a": "int64"}, "given"), ibis.table({"a": "int64"}, "made")
    one = Kept("name", lambda sight: made, needs=("given",))
    assert one(Sight(None, None, {})).equals(made) and not one.wanted(Sight(None, None, {}))
    there = Sight(None, None, {"name": table, "given": table})
    assert one(there).equals(table) and one.wanted(there)


@pytest.fixture(scope="module")
def kept(small):
    """The small base's sight with all of them made."""
    con, tables = small.base.con, dict(small.sight.tables)
    sight = Sight(small.sight.config, small.sight.at, tables)
    for one in KEPT:
        assert one.wanted(sight)
        tables[one.name] = con.create_table(f"test_{one.name}", one.build(sight), temp=True, overwrite=True)
    return sight


@pytest.mark.parametrize("name", [name for name in BOARDS if name not in ELSEWHERE])
def test_a_board_is_the_same_of_tables_that_were_made_once(small, kept, name):
    board = BOARDS[name]
    found = board.rows(small.base.con.to_pyarrow(board.build(kept)), kept)
    assert found.to_pandas().equals(small.made(name))


def test_boards_of_visits_read_no_log_again(kept):
    """Where days of users are there, neither events nor orders are looked at for who was there when."""
    logs = ("events", "orders")
    for name in ("traffic", "retention", "aarrr"):
        without = Sight(kept.config, kept.at, {one: table for one, table in kept.tables.items() if one not in logs})
        assert BOARDS[name].build(without).equals(BOARDS[name].build(kept))
