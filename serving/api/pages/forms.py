"""What a form of a page sent, read within limits. It is text: what uses a value checks it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from serving.api.contract.errors import Problem, Refused

KIND = "application/x-www-form-urlencoded"
BYTES, FIELDS, LENGTH = 65_536, 400, 4_000  # of a body, its fields, and of one value
KEPT = "\r\n\t"  # control characters that a person can type


@dataclass(frozen=True)
class Form:
    """The values of a form by field, in the order they came."""

    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The last value of a field, without blanks around it."""
        return self.given.get(name, (default,))[-1].strip()

    def several(self, name: str) -> tuple[str, ...]:
        """All values of a field that may stand several times."""
        return self.given.get(name, ())

    def only(self, known: Collection[str]) -> "Form":
        """The same; raises Refused (400) for a field that the page's own form does not have."""
        if set(self.given) - set(known):
            raise Refused(Problem(400, "bad_request", "the form holds a field that its page does not have"))
        return self


async def read(request: Request) -> Form:
    """The form of a request; raises Refused for another kind of body (415), one too large (413) or unreadable (400)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise Refused(Problem(415, "unsupported_media_type", "send the form from the service's own page"))
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BYTES:
            raise Refused(Problem(413, "too_large", "the form is too large; send less at once"))
    try:
        text = bytes(body).decode("ascii")
        pairs = parse_qsl(text, True, bool(text), errors="strict", max_num_fields=FIELDS)
    except ValueError:  # also of bytes that are no UTF-8
        raise Refused(Problem(400, "bad_request", "the form cannot be read")) from None
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if len(value) > LENGTH or any(ord(one) < 32 and one not in KEPT for one in value):
            raise Refused(Problem(400, "bad_request", "a value of the form is too long, or holds control characters"))
        found[name] = (*found.get(name, ()), value)
    return Form(found)


EMPTY = Form()
