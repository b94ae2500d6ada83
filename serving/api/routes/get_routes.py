"""The GET routes: one user of the snapshot, its stages and their flow, the model, and the API's description."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as Served
from starlette.staticfiles import StaticFiles

from features.errors import BadInput
from features.groups import lifecycle
from serving.api.contract.errors import Problem, Refused, invalid, unreadable
from serving.api.guard import metrics
from serving.api.guard.deadline import in_thread
from serving.api.live import Live
from serving.api.routes import openapi, snapshot_rows, stage_flow
from serving.api.routes.route import Route
from serving.batch.snapshot import Snapshot
from serving.scoring.phrase import Lang


class Id(Convertor[str]):
    """A user's id in a path: any text but none."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


STATIC = Path(__file__).parents[1] / "pages" / "static"
register_url_convertor("id", Id())
Endpoint = Callable[[Request], Awaitable[Response]]


def reporting_errors(endpoint: Endpoint) -> Endpoint:
    """The endpoint, answering errors in the one shape."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return refused.problem.response()
        except BadInput as error:
            return unreadable(error).response()

    return answer


def language(request: Request) -> Lang:
    """The language of ``?lang=``. Accept-Language is ignored: browsers send it unasked, and callers are programs."""
    lang = request.query_params.get("lang", "en")
    if lang not in ("en", "zh"):
        raise Refused(invalid("no such language; send en or zh", "lang"))
    return lang  # type: ignore[return-value]


async def user(request: Request) -> Response:
    """The user's row of the snapshot."""
    current, text, lang = request.app.state.live.current(), request.path_params["user_id"], language(request)
    found = snapshot_rows.users(current, [text], lang)
    if not found:
        metrics.UNKNOWN.inc()
        raise Refused(Problem(404, "unknown_user", "this user is not in the snapshot", "user_id"))
    row = found[text]
    return JSONResponse(snapshot_rows.made_snapshot(snapshot_rows.snapshot_of(current)) | {"user": row})


async def stages(request: Request) -> Response:
    """How many users of the snapshot are on which stage."""
    current = request.app.state.live.current()
    snapshot = snapshot_rows.snapshot_of(current)
    about, names = snapshot.manifest, lifecycle.names(current.predictor.config)
    counts = {key.removeprefix("stage:"): n for key, n in about["counts"].items() if key.startswith("stage:")}
    found = [
        {"name": name, "en": names.get(name, (name, name))[0], "zh": names.get(name, (name, name))[1], "users": users}
        for name, users in counts.items()  # by name where the rules have no such stage any more
    ]
    totals = {"users": about["users"], "eligible": about["eligible"], "stages": found}
    return JSONResponse(snapshot_rows.made_snapshot(snapshot) | totals)


async def stages_flow(request: Request) -> Response:
    """Who went from which stage to which: from the snapshot before to the current one, or between two named ones."""
    current = request.app.state.live.current()
    store, query = current.predictor.config.store_path, request.query_params

    def work() -> dict[str, Any]:
        after = _named(store, query["to"], "to") if "to" in query else snapshot_rows.snapshot_of(current)
        before = _named(store, query["from"], "from") if "from" in query else stage_flow.previous(store, after)
        if before is None:
            raise Refused(Problem(404, "no_snapshot_before", "there is no snapshot of an earlier date", "from"))
        moves = [{"before": a, "after": b, "users": users} for a, b, users in stage_flow.flow(before, after)]
        made = {"before": snapshot_rows.made_snapshot(before), "after": snapshot_rows.made_snapshot(after)}
        return made | {"moves": moves}

    return JSONResponse(await in_thread(work, request.app.state.limiter))


async def model(request: Request) -> Response:
    """The model that predicts."""
    current = request.app.state.live.current()
    return JSONResponse(await in_thread(lambda: snapshot_rows.model(current), request.app.state.limiter))


async def description(request: Request) -> Response:
    """The OpenAPI description of all routes."""
    state = request.app.state
    return JSONResponse(openapi.document(state.routes, state.live.current().model.bundle.features))


def _named(store: Path, run: str, field: str) -> Snapshot:
    found = stage_flow.named(store, run)
    if found is None:
        raise Refused(Problem(404, "unknown_snapshot", "there is no finished snapshot of that name", field))
    return found


def path(route: Route) -> str:
    """A route's path as Starlette has it: a user's id may hold slashes, so what ends in more than an id stands first in
    the table."""
    return route.name.replace("{user_id}", "{user_id:id}")


def app(gets: Iterable[Route], described: Iterable[Route], pages: Iterable[Route] = ()) -> Starlette:
    """The application that serves the routes by GET, and the pages; ``attach`` has to be called before the first
    request.

    described: the routes in the OpenAPI description.
    """
    served = [
        Served(path(one), one.handler if one.html else reporting_errors(one.handler), methods=list(one.methods))
        for one in (*gets, *pages)
        if one.handler
    ]
    application = Starlette(routes=[*served, Mount("/ui/static", StaticFiles(directory=STATIC))])
    application.state.routes, application.state.pages = tuple(described), tuple(pages)
    return application


def attach(application: Starlette, live: Live, limiter: CapacityLimiter) -> None:
    """Give the application what is live, and the limit of work at once."""
    application.state.live, application.state.limiter = live, limiter
