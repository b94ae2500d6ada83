"""Error answers that the gateway gives before a request reaches its route. They never quote what was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.api.contract.errors import MEDIA, Problem
from serving.api.routes.route import enough


class Rejected(Exception):
    """Raised in the gateway: ends a request with a refusal before it reaches its route."""

    def __init__(self, refusal: "Refusal"):
        super().__init__(refusal.code)
        self.refusal = refusal


@dataclass(frozen=True)
class Refusal:
    """An error in the one shape, and headers to go with it. scope: what was missing, where it was a scope."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""

    kind = MEDIA

    def body(self) -> bytes:
        return json.dumps(Problem(self.status, self.code, self.message).body(), separators=(",", ":")).encode()


BASIC = {"WWW-Authenticate": 'Bearer realm="holdfast"'}
AGAIN = {"Retry-After": "1"}
CLOSE = {"Connection": "close"}

NO_KEY = Refusal(401, "no_key", "send one API key, as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'", BASIC)
WRONG_KEY = Refusal(401, "wrong_key", "the API key is not known here; ask whoever runs the service for one", BASIC)
ENDED_KEY = Refusal(401, "ended_key", "the API key's last day is over; ask whoever runs the service for another", BASIC)
WRONG_HOST = Refusal(403, "wrong_host", "the Host header names no host that is served here; see [api] hosts")
NOT_HERE = Refusal(403, "no_keys", "there are no API keys, so only the machine itself may ask; see [api] keys")
NO_ROUTE = Refusal(404, "not_found", "there is no such path; see /v1/openapi.json")
TOO_SLOW_TO_SEND = Refusal(408, "body_too_slow", "the body did not arrive in time; send it again, or less of it", CLOSE)
NOT_JSON = Refusal(
    415, "unsupported_media_type", "send JSON, with 'Content-Type: application/json' and no Content-Encoding"
)
FOREIGN = Refusal(403, "foreign", "this form did not come from a page of the service")
NOT_FORM = Refusal(415, "not_form", "a page takes what its own form sends, and no Content-Encoding")
TWO_LENGTHS = Refusal(
    400, "two_lengths", "send the body's length as Content-Length or Transfer-Encoding, not both", CLOSE
)
TWO_LINES = Refusal(400, "bad_request", "the path holds an end of a line; send such an id by POST /v1/score")
BUSY = Refusal(429, "too_many_requests", "too many requests at once; try again after the seconds in Retry-After", AGAIN)
NOT_READY = Refusal(503, "unavailable", "the service is starting or stopping; try again", AGAIN)
OUT_OF_TIME = Refusal(504, "timeout", "the request took too long and its work was stopped; ask for fewer users")
FAILED = Refusal(500, "internal", "something went wrong here; the log has it under this request's id")


def wrong_scope(scope: str) -> Refusal:
    """For a known key without the scope that the path needs."""
    wanted = " or ".join(f"'{one}'" for one in enough(scope))
    return Refusal(403, "wrong_scope", f"the API key has no scope {wanted}, which this path needs", scope=scope)


def wrong_method(methods: tuple[str, ...]) -> Refusal:
    """For a path that exists but does not take this method."""
    allowed = ", ".join(methods)
    return Refusal(405, "method_not_allowed", f"this path takes {allowed}", {"Allow": allowed})


def too_large(most: float) -> Refusal:
    """For a body of more than ``most`` bytes."""
    return Refusal(413, "too_large", f"the body is larger than {most:,.0f} bytes; send fewer users at once")
