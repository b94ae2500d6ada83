"""The one shape of every error: code, message, field, row. Neither it nor the log ever quotes what was sent."""

import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from bentoml.exceptions import BentoMLException, InvalidArgument
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.errors import BadInput
from serving.api.routes.route import is_page

KEY = "holdfast.problem"  # in the ASGI scope: the problem, where BentoML answers for us
MEDIA = "application/problem+json"  # RFC 9457, with our members only
OURS = (b"content-type", MEDIA.encode())

# What replaces BentoML's and Starlette's own answers, by status.
BY_STATUS = {
    400: ("bad_request", "this cannot be read as the request that the route takes; see /v1/openapi.json"),
    404: ("not_found", "there is no such route; see /v1/openapi.json"),
    405: ("method_not_allowed", "the route does not take this method; see /v1/openapi.json"),
    413: ("too_large", "the request is too large; send less at once"),
    415: ("unsupported_media_type", "send application/json"),
    429: ("too_many_requests", "too many requests at once; try again later"),
    503: ("unavailable", "not ready to answer; try again later"),
    504: ("timeout", "the request took too long; send less at once"),
}
OTHER = ("internal", "the service failed; the log says more under this request's id")


class Error(BaseModel):
    """What went wrong, and with which field of which row, where it is one; rows are counted from 0."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(description="A name that programs can go by.", examples=["invalid"])
    message: str = Field(description="What is wrong and what to do about it.", examples=["a number was due"])
    field: str | None = Field(description="The field, as in the request.", examples=["rows[2].order_count_90d"])
    row: int | None = Field(description="The row, or the user, of the request.", examples=[2])


@dataclass(frozen=True)
class Problem:
    """An error to be answered. status: of HTTP; the others as in Error."""

    status: int
    code: str
    message: str
    field: str | None = None
    row: int | None = None

    def body(self) -> dict[str, Any]:
        content = asdict(self)
        del content["status"]
        return content

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), self.status, media_type=MEDIA)


class Refused(InvalidArgument):
    """Raised in a route: ends a request with a problem."""

    def __init__(self, problem: Problem):
        BentoMLException.__init__(self, problem.message)
        self.problem = problem


def invalid(message: str, field: str | None = None, row: int | None = None) -> Problem:
    """A request that does not fit its description."""
    return Problem(400, "invalid", message, field, row)


def unreadable(error: BadInput, what: str = "the snapshot") -> Problem:
    """For a part of the snapshot, or what else, damaged after it was opened. The error names files, so only the log has
    it."""
    logging.getLogger("holdfast.api").error("%s", error)
    return Problem(503, "unreadable", f"{what} cannot be read; the log says more under this request's id")


def of_status(status: int) -> Problem:
    """The problem for an answer of which only the status is known."""
    return Problem(status, *BY_STATUS.get(status, OTHER if status >= 500 else BY_STATUS[400]))


def of_validation(error: ValidationError, known: Collection[str]) -> Problem:
    """The first error that Pydantic found.

    known: the names that may be quoted; others come from the caller, and might be somebody's address.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field, row, extra = "", None, first["type"] == "extra_forbidden"
    for part in first["loc"]:
        if isinstance(part, int):
            row = part if row is None else row
            field += f"[{part}]"
        elif part in known:
            field += f".{part}" if field else part
    message = "a field that is not known; take it out" if extra else f"{first['msg'][:1].lower()}{first['msg'][1:]}"
    return invalid(message, field or None, row)


class OneShape:
    """Middleware that gives every error the one shape, whatever answered it. Answers below 400 pass unchanged, and
    those of pages: the gateway makes them pages."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_page(scope["path"]):
            await self.app(scope, receive, send)
            return
        replaced = False

        async def shaped(message: Message) -> None:
            nonlocal replaced
            headers = message.get("headers", ())
            if message["type"] == "http.response.start" and message["status"] >= 400 and OURS not in headers:
                replaced = True
                problem = scope.get(KEY) or of_status(message["status"])
                kept = [(name, value) for name, value in headers if name in (b"allow", b"retry-after")]
                response = problem.response()
                response.raw_headers.extend(kept)
                await response(scope, receive, send)
            elif not replaced:
                await send(message)

        await self.app(scope, receive, shaped)


class WithoutValues(logging.Filter):
    """Keeps the content of refused requests out of the log: a traceback quotes it, and it may be personal."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], ValidationError | InvalidArgument):
            record.msg, record.exc_info = f"{record.msg}: refused, 400", None
        return True


logging.getLogger("bentoml._internal.server.http_app").addFilter(WithoutValues())
