"""Every error has one shape, whoever answers it, and nothing of what was sent is in it."""

import asyncio
import json
import logging

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import JSONResponse, PlainTextResponse

from features.errors import BadInput
from serving.api.contract.errors import (
    KEY,
    OneShape,
    Problem,
    Refused,
    WithoutValues,
    invalid,
    of_status,
    of_validation,
    unreadable,
)


def answered(response, scope=None):
    """(status, headers, body) of an application behind OneShape that answers with the response."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []} | (scope or {})
    asyncio.run(OneShape(response)(scope, receive, send))
    start, *bodies = sent
    return start["status"], dict(start["headers"]), b"".join(one.get("body", b"") for one in bodies)


def test_an_answer_passes_as_it_is():
    assert answered(PlainTextResponse("fine", 201))[::2] == (201, b"fine")


def test_an_error_of_somebody_else_gets_our_shape_and_loses_its_words():
    status, headers, body = answered(JSONResponse({"error": "ann@example.com"}, 405, {"Allow": "GET"}))
    assert status == 405 and headers[b"allow"] == b"GET"
    assert json.loads(body) == of_status(405).body() and b"ann" not in body
    assert [*json.loads(body)] == ["code", "message", "field", "row"]


def test_what_is_written_in_the_scope_is_told_instead():
    problem = invalid("a number was due", "rows[2].age", 2)
    assert json.loads(answered(JSONResponse({}, 400), {KEY: problem})[2]) == {
        "code": "invalid",
        "message": "a number was due",
        "field": "rows[2].age",
        "row": 2,
    }


def test_a_problem_of_ours_stays():
    problem = Problem(503, "no_snapshot", "none yet")
    status, _, body = answered(problem.response())
    assert (status, json.loads(body)) == (503, problem.body())


@pytest.mark.parametrize(("status", "code"), [(418, "bad_request"), (500, "internal"), (502, "internal")])
def test_a_status_without_words_of_its_own_gets_those_of_its_kind(status, code):
    assert (of_status(status).status, of_status(status).code) == (status, code)


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    age: int
    others: dict[str, int] = {}


class Rows(BaseModel):
    rows: list[Row]


@pytest.mark.parametrize(
    ("text", "field", "row"),
    [
        ('{"rows": [{"age": 1}, {"age": "ann"}]}', "rows[1].age", 1),
        ('{"rows": [{"age": 1, "ann": 1}]}', "rows[0]", 0),
        ('{"rows": [{"age": 1, "others": {"ann": "x"}}]}', "rows[0].others", 0),
        ('{"rows": "ann"}', "rows", None),
        ("ann", None, None),
    ],
)
def test_field_and_row_are_named_and_nothing_that_was_sent(text, field, row):
    with pytest.raises(ValidationError) as caught:
        Rows.model_validate_json(text)
    problem = of_validation(caught.value, {"rows", "age", "others"})
    assert (problem.status, problem.field, problem.row) == (400, field, row)
    assert "ann" not in str(problem.body())


def test_a_refused_value_is_not_logged():
    record = logging.makeLogRecord({"msg": "Exception", "exc_info": (Refused, Refused(invalid("x")), None)})
    assert WithoutValues().filter(record) and (record.msg, record.exc_info) == ("Exception: refused, 400", None)


def test_the_logger_that_quotes_refused_requests_is_still_bentomls():
    from bentoml._internal.server import http_app

    assert any(isinstance(one, WithoutValues) for one in http_app.logger.filters)


def test_what_is_a_mistake_of_ours_is_logged_as_it_is():
    record = logging.makeLogRecord({"msg": "Exception", "exc_info": (KeyError, KeyError("x"), None)})
    assert WithoutValues().filter(record) and record.exc_info


def test_a_damaged_snapshot_is_told_in_the_log_and_its_place_not_to_callers(caplog):
    problem = unreadable(BadInput("/store/part.parquet: damaged"))
    assert problem.status == 503 and "/store" not in str(problem.body())
    assert "/store/part.parquet: damaged" in caplog.text
