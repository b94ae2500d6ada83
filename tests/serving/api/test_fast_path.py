"""A prediction goes straight to its method, with its body read; whatever else is asked goes on to BentoML."""

import asyncio
import json

import pytest
from starlette.responses import JSONResponse

from serving.api.contract.requests import ScoreRequest
from serving.api.fast_path import Straight


@pytest.fixture
def ask():
    """ask(path, body, method, methods): (status, answer) of the middleware around an app that answers 'bento'."""

    async def method(**fields):
        return JSONResponse(fields)

    async def read(model, body):
        return model.read(body)

    async def bento(scope, receive, send):
        await JSONResponse("bento")(scope, receive, send)

    def make(path, body=b"", verb="POST", methods=None):
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        taken = {"/v1/score": (ScoreRequest, method)} if methods is None else methods
        scope = {"type": "http", "method": verb, "path": path, "headers": []}
        asyncio.run(Straight(bento, lambda: taken, read)(scope, receive, send))
        return sent[0]["status"], json.loads(sent[1]["body"])

    return make


def test_the_fields_of_a_prediction_reach_its_method(ask):
    assert ask("/v1/score", b'{"user_ids": [1, "a"]}') == (200, {"user_ids": [1, "a"], "lang": "en"})


@pytest.mark.parametrize(
    ("path", "verb"), [("/v1/score", "GET"), ("/v1/score/", "POST"), ("/v1/model", "POST"), ("/", "POST")]
)
def test_other_requests_go_on(ask, path, verb):
    assert ask(path, verb=verb) == (200, "bento")


def test_before_the_service_is_up_all_goes_on(ask):
    assert ask("/v1/score", b'{"user_ids": [1]}', methods={}) == (200, "bento")


def test_a_body_that_does_not_fit_is_refused_with_its_field(ask):
    status, answer = ask("/v1/score", b'{"user_ids": [1, 2.5]}')
    assert (status, answer["code"], answer["field"]) == (400, "invalid", "user_ids[1]")


def test_the_same_answer_comes_straight_and_by_bentoml(inside, monkeypatch, wanted):
    from serving.api.service import READS

    asked = {"user_ids": [wanted[0]["user_id"]]}
    straight = inside.ask("/v1/score", asked), inside.ask("/v1/score", {"user_ids": "x"})
    monkeypatch.setattr(READS.state, "methods", {})
    assert straight == (inside.ask("/v1/score", asked), inside.ask("/v1/score", {"user_ids": "x"}))
    assert [status for status, _ in straight] == [200, 400]
