"""What is read by GET: one user of the snapshot, its stages and their flow, the model, and the API's description."""

import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from features.sources import WHOLE
from serving.api import answers
from serving.api.errors import Problem, Refused, invalid
from serving.api.live import Live
from serving.phrases import Lang

Endpoint = Callable[[Request], Awaitable[Response]]


def told(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose refusals are answered in the one shape."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return refused.problem.response()

    return answer


def language(request: Request) -> Lang:
    """The language of ``?lang=``; Accept-Language is not looked at: programs ask, and browsers send it unasked."""
    lang = request.query_params.get("lang", "en")
    if lang not in ("en", "zh"):
        raise Refused(invalid("no such language; send en or zh", "lang"))
    return lang  # type: ignore[return-value]


async def user(request: Request) -> Response:
    """The user's row of the snapshot."""
    current, text = request.app.state.live.current(), request.path_params["user_id"]
    wanted = [text, *([int(text)] if re.match(WHOLE, text, re.ASCII) else [])]
    found = answers.users(current, wanted, language(request))
    if not found:
        raise Refused(Problem(404, "unknown_user", "this user is not in the snapshot", "user_id"))
    (row,) = found.values()
    return JSONResponse(answers.made_snapshot(answers.snapshot_of(current)) | {"user": row})


def app() -> Starlette:
    """The application; ``app.state.live`` has to be set before the first request."""
    return Starlette(routes=[Route("/v1/users/{user_id}", told(user))])


def attach(application: Starlette, live: Live) -> None:
    """Tell the application what is live."""
    application.state.live = live
