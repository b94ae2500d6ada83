"""The GET routes of boards: which there are, and the rows of one, as JSON, CSV or Parquet."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from features.boards import BOARDS
from features.errors import BadInput, did_you_mean
from serving.api.contract.errors import Problem, Refused, unreadable
from serving.api.guard.deadline import in_thread
from serving.api.live import Current
from serving.api.routes import board_rows
from serving.api.routes.board_rows import CSV, JSON, PARQUET
from serving.api.routes.get_routes import language
from serving.api.routes.snapshot_rows import made_snapshot, snapshot_of
from serving.boards.shelf import boards_of

ENDINGS = {CSV: "csv", PARQUET: "parquet"}


async def boards(request: Request) -> Response:
    """All boards with their columns, and of each how many rows it has or why it is missing."""
    lang = language(request)

    def work(current: Current) -> Response:
        snapshot = snapshot_of(current)
        _, told = boards_of(current.predictor.config.store_path, snapshot.folder, snapshot.manifest)
        found = [board_rows.about(one, told, lang) for one in BOARDS.values()]
        return _json(made_snapshot(snapshot) | {"boards": found})

    return await _answer(request, work)


async def board(request: Request) -> Response:
    """A board of numbers; one that names users has a route of its own, with a scope of its own."""
    name = request.path_params["name"]
    if name not in BOARDS or BOARDS[name].people:
        near = did_you_mean(name, [one for one in BOARDS if not BOARDS[one].people]) if len(name) < 99 else ""
        raise Refused(Problem(404, "unknown_board", f"there is no board of that name; {near}".rstrip("; "), "name"))
    return await _board(request, name)


async def top(request: Request) -> Response:
    """The board of the users most worth keeping."""
    return await _board(request, "top")


async def _board(request: Request, name: str) -> Response:
    lang, kind = language(request), board_rows.wanted(request.headers.get("accept", JSON))

    def work(current: Current) -> Response:
        snapshot = snapshot_of(current)
        folder, told = boards_of(current.predictor.config.store_path, snapshot.folder, snapshot.manifest)
        about = board_rows.about(BOARDS[name], told, lang)
        rows = board_rows.written(folder, told, name, kind)
        if rows is None:
            raise Refused(Problem(404, "board_missing", f"this board could not be made: {about['missing']}", "name"))
        if kind == JSON:
            return _json(made_snapshot(snapshot) | {"board": about, "rows": orjson.Fragment(rows)})
        file = f"{name}-{str(snapshot.manifest['as_of'])[:10]}.{ENDINGS[kind]}"
        headers = {"Content-Disposition": f'attachment; filename="{file}"', "Vary": "Accept"}
        return Response(rows, media_type=kind, headers=headers)

    return await _answer(request, work)


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type=JSON, headers={"Vary": "Accept"})


async def _answer(request: Request, work: Callable[[Current], Response]) -> Response:
    """The work on what is live, done in a thread beside the loop."""
    current = request.app.state.live.current()

    def guarded() -> Response:
        try:
            return work(current)
        except BadInput as error:
            raise Refused(unreadable(error, "the board")) from None

    return await in_thread(guarded, request.app.state.limiter)
