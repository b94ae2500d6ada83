"""Forms: read as they were sent, within limits; what is no form of ours is refused."""

import anyio
import pytest
from starlette.requests import Request

from serving.api.contract.errors import Refused
from serving.api.pages.forms import BYTES, FIELDS, KIND, LENGTH, read


def sent(body, kind=KIND):
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return anyio.run(read, Request(scope, receive))


def test_values_come_as_they_were_typed():
    form = sent(b"play=a&play=%E4%BD%A0+%26b&text=+x%0D%0Ay+&empty=", f"{KIND}; charset=utf-8")
    assert form.several("play") == ("a", "你 &b") and form.one("text") == "x\r\ny"
    assert (form.one("empty", "other"), form.one("none", "other")) == ("", "other")
    assert sent(b"").given == {}


@pytest.mark.parametrize(
    "body, kind, status",
    [
        (b"a=1", "text/plain", 415),
        (b"a=" + b"x" * BYTES, KIND, 413),
        (b"a=" + b"x" * (LENGTH + 1), KIND, 400),
        (b"&".join([b"a=1"] * (FIELDS + 1)), KIND, 400),
        (b"a=%ff", KIND, 400),
        (b"a=\xff", KIND, 400),
        (b"a=%00", KIND, 400),
        (b"nothing", KIND, 400),
    ],
)
def test_what_is_no_form_of_ours_is_refused(body, kind, status):
    with pytest.raises(Refused) as error:
        sent(body, kind)
    assert error.value.problem.status == status


def test_a_field_that_the_page_does_not_have_is_refused():
    form = sent(b"play=a&other=1")
    assert form.only(("play", "other", "more")) is form
    with pytest.raises(Refused):
        form.only(("play",))
