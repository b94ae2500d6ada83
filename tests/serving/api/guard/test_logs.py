"""The log is JSON with the request's id; what a caller sent is in no line of it, whoever writes the line."""

import io
import json
import logging
import re

import pytest
from pydantic import BaseModel, ValidationError

from serving.api.guard import logs


@pytest.fixture
def log():
    """The lines that were logged since; logging is as before afterwards."""
    root, place = logging.getLogger(), logging._srcfile
    before = (
        root.handlers[:],
        {
            name: (one.handlers[:], one.propagate)
            for name, one in logging.root.manager.loggerDict.items()
            if isinstance(one, logging.Logger)
        },
    )
    stream = io.StringIO()
    logs.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before[0]
    for name, (handlers, propagate) in before[1].items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).propagate = propagate
    logging.captureWarnings(False)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = True
    logging._srcfile = place


class Row(BaseModel):
    amount: float


def test_our_lines_say_what_they_are_about_and_for_which_request(log):
    mark = logs.REQUEST.set("abcdefgh")
    logs.event("request", status=200, ms=1.5)
    logs.REQUEST.reset(mark)
    (line,) = log()
    assert line["message"] == "request" and line["request_id"] == "abcdefgh" and line["level"] == "info"
    assert (line["status"], line["ms"], line["logger"]) == (200, 1.5, "holdfast.api")


def test_a_refused_value_is_in_no_line_whoever_logs_it(log):
    with pytest.raises(ValidationError) as caught:
        Row(amount="ann@example.com")
    bento = logging.getLogger("bentoml._internal.server.http_app")
    try:
        raise ValueError("ann@example.com") from caught.value
    except ValueError:
        bento.exception("Exception on %s [%s]", "/v1/users/ann@example.com", "POST")
        logs.OURS.exception("a request failed")
    logging.getLogger("another").warning("cannot read: ann@example.com")
    logging.getLogger("uvicorn.error").error(ValueError("ann@example.com"))
    assert "ann@example.com" not in json.dumps(log())
    assert log()[0]["error"] == "ValueError from ValidationError" and log()[0]["message"] == "Exception on … […]"
    assert log()[1]["at"][-1].startswith("test_logs.py:")


def test_warnings_are_lines_too(log):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("ann@example.com is odd", stacklevel=1)
    (line,) = log()
    assert re.fullmatch(r"UserWarning at test_logs.py:\d+", line["message"]) and "ann@example.com" not in str(line)


def test_where_a_value_stood_is_seen_and_the_value_is_not(log):
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.error("Running hook: %s, %5.2f s, %-4d", "ann@example.com", 1.5, 3)
    uvicorn.error("done by %(who)s", {"who": "ann@example.com"})
    assert [line["message"] for line in log()] == ["Running hook: …, … s, …", "done by …"]
