"""Boards over HTTP: all of them with their meaning, the rows of one, and none with users but by its own route."""

import csv
import io

import pyarrow.parquet as pq
import pytest

from features.boards import BOARDS
from serving.api.guard.routes import find
from serving.api.routes.board_rows import CSV, PARQUET
from serving.api.routes.route import PEOPLE, VIEW
from serving.boards.read import read


def test_all_boards_are_listed_with_their_columns(inside, base):
    status, answer = inside.ask("/v1/boards?lang=zh")
    assert status == 200 and answer["snapshot"] == base.snapshot.run_id
    told = {one["name"]: one for one in answer["boards"]}
    assert [*told] == [*BOARDS] and told["cube"]["title"] == BOARDS["cube"].title.zh
    assert told["cube"]["rows"] == base.snapshot.manifest["boards"]["made"]["cube"]["rows"]
    assert told["goals"]["rows"] is None and told["goals"]["missing"] == "needs [[goal]]"


def test_a_boards_rows_are_those_of_its_file(inside, base):
    rows = read(base.snapshot.folder, base.snapshot.manifest["boards"], "cube").to_pylist()
    status, answer = inside.ask("/v1/boards/cube")
    assert (status, answer["rows"]) == (200, rows) and answer["board"]["name"] == "cube"
    csv_answer = inside.client.get("/v1/boards/cube", headers={"Accept": CSV})
    assert csv_answer.headers["content-type"].startswith("text/csv") and csv_answer.headers["vary"] == "Accept"
    assert f'filename="cube-{base.snapshot.manifest["as_of"][:10]}.csv"' in csv_answer.headers["content-disposition"]
    assert len([*csv.DictReader(io.StringIO(csv_answer.text))]) == len(rows)
    parquet = inside.client.get("/v1/boards/cube", headers={"Accept": PARQUET})
    assert pq.read_table(io.BytesIO(parquet.content)).to_pylist() == rows


@pytest.mark.parametrize(
    ("path", "code"), [("/v1/boards/none", "unknown_board"), ("/v1/boards/goals", "board_missing")]
)
def test_a_board_that_is_not_there_is_told_apart_from_one_that_could_not_be_made(inside, path, code):
    status, answer = inside.ask(path)
    assert (status, answer["code"]) == (404, code)


def test_a_board_of_users_takes_the_scope_for_people():
    for name, board in BOARDS.items():
        route = find(f"/v1/boards/{name}")
        assert route.scope == (PEOPLE if board.people else VIEW), name
        assert (route.name == f"/v1/boards/{name}") == board.people


def test_the_general_route_opens_no_board_of_users(inside):
    from starlette.requests import Request

    from serving.api.contract.errors import Refused
    from serving.api.routes import board_routes

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [],
        "query_string": b"",
        "path_params": {"name": "top"},
    }
    with pytest.raises(Refused, match="no board of that name"):
        board_routes.board(Request(scope)).send(None)
    assert inside.ask("/v1/boards/top")[0] == 200
