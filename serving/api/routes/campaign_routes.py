"""The GET routes of campaigns: runs in numbers, whether one user may be written to, and who is held out of everything.

Runs never change, so each is read when it is asked for, and kept open.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from features.errors import BadInput
from serving.api.contract.errors import Problem, Refused, unreadable
from serving.api.guard import metrics
from serving.api.guard.deadline import in_thread
from serving.api.live import Current
from serving.api.routes import campaign_rows
from serving.api.routes.get_routes import language
from serving.api.routes.snapshot_rows import known_as
from serving.campaigns.one_user import held_out
from serving.campaigns.run import Run, newest, open_run, there

LATEST = "latest"


async def campaigns(request: Request) -> Response:
    """The runs, the newest first."""
    return await _answer(request, lambda current: {"campaigns": [*campaign_rows.summaries(_store(current))]})


async def campaign(request: Request) -> Response:
    """A run's report."""
    name = request.path_params["run"]

    def work(current: Current) -> dict[str, Any]:
        return campaign_rows.report(_run(_store(current), name))

    return await _answer(request, work)


async def contact(request: Request) -> Response:
    """What a run decided about a user."""
    text, lang, name = request.path_params["user_id"], language(request), request.query_params.get("run", LATEST)

    def work(current: Current) -> dict[str, Any]:
        run = _run(_store(current), name)
        told = campaign_rows.contact(run, text, lang) or campaign_rows.unmatched(run, _user(current, text))
        return told | {"global_holdout": held_out(current.predictor.config.contact, told["user_id"])}

    return await _answer(request, work)


async def holdout(request: Request) -> Response:
    """Whether a user is in the global holdout. Written as the snapshot has ids, so that "7.0" is user 7."""
    current, text = request.app.state.live.current(), request.path_params["user_id"]
    settings, snapshot = current.predictor.config.contact, current.snapshot
    user = known_as(text, snapshot is not None and pa.types.is_integer(snapshot.schema.field("user_id").type))
    told = {"user_id": user, "global_holdout": held_out(settings, user)}
    return JSONResponse(told | {"share": settings.global_holdout, "epoch": settings.epoch})


async def _answer(request: Request, work: Callable[[Current], dict[str, Any]]) -> Response:
    """The result of the work on what is live, done in a thread beside the loop."""
    current = request.app.state.live.current()

    def guarded() -> dict[str, Any]:
        try:
            return work(current)
        except BadInput as error:
            raise Refused(unreadable(error, "the campaign run, or the snapshot,")) from None

    return JSONResponse(await in_thread(guarded, request.app.state.limiter))


def _store(current: Current) -> Path:
    return current.predictor.config.store_path


def _run(store: Path, name: str) -> Run:
    found = newest(store) if name == LATEST else open_run(store, name) if there(store, name) else None
    if found is None:
        raise Refused(Problem(404, "unknown_run", "there is no finished campaign run of that name", "run"))
    return found


def _user(current: Current, text: str) -> int | str:
    """A user as the snapshot has them; raises Refused where it does not."""
    rows = current.snapshot.look_up(campaign_rows.ids(text))["user_id"].to_pylist() if current.snapshot else []
    if not rows:
        metrics.UNKNOWN.inc()
        raise Refused(Problem(404, "unknown_user", "this user is in neither the run nor the snapshot", "user_id"))
    return rows[0]
