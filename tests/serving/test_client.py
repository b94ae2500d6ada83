"""The client types what the API answers, tries again where that may help, and tells what was refused."""

import httpx
import pytest

from serving import client as module
from serving.api.contract import campaign_responses, responses
from serving.client import ApiError, Client


@pytest.fixture
def asked(monkeypatch):
    """asked(answer, …): a Client that gets these one after the other (exceptions are raised), and what it did."""

    def make(*answers):
        left, requests = list(answers), []

        def handle(request):
            requests.append(request)
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(module.time, "sleep", lambda seconds: requests.append(seconds))
        return Client("http://score.example", "a-key", transport=httpx.MockTransport(handle)), requests

    return make


GOOD = httpx.Response(200, json={"users": [], "unknown": [7], "model_version": "v1", "snapshot": "s", "as_of": "d"})


@pytest.mark.parametrize(
    "name", ["Reason", "CurvePoint", "Scores", "UserScores", "BadRow", "PredictedUser", "ScoreAnswer", "PredictAnswer",
             "FeaturesAnswer"],
)  # fmt: skip
def test_it_knows_the_fields_that_the_api_answers(name):
    assert set(getattr(module, name).__annotations__) == set(getattr(responses, name).model_fields)


@pytest.mark.parametrize("name", ["Fate", "ContactAnswer", "HoldoutAnswer"])
def test_it_knows_the_fields_that_the_api_answers_of_campaigns(name):
    fields = getattr(campaign_responses, name).model_fields
    assert set(getattr(module, name).__annotations__) == set(fields)


def test_it_asks_with_its_key_and_gives_the_answer(asked):
    client, requests = asked(GOOD)
    with client:
        assert client.score([7])["unknown"] == [7]
    assert requests[0].headers["authorization"] == "Bearer a-key"
    assert requests[0].content == b'{"user_ids":[7],"lang":"en"}'


def test_a_lost_connection_is_tried_once_more(asked):
    client, _ = asked(httpx.ReadError("gone"), GOOD)
    assert client.score([7])["unknown"] == [7]
    client, requests = asked(httpx.ReadError("gone"), httpx.ConnectError("gone"), GOOD)
    with pytest.raises(httpx.ConnectError):
        client.score([7])
    assert len(requests) == 2


@pytest.mark.parametrize(("header", "pause"), [({"Retry-After": "3"}, 3), ({"Retry-After": "999"}, 30), ({}, 1)])
@pytest.mark.parametrize("status", [429, 503])
def test_where_the_service_is_busy_it_waits_as_told(asked, status, header, pause):
    client, requests = asked(httpx.Response(status, headers=header), GOOD)
    assert client.score([7])["unknown"] == [7] and requests[1] == pause


def test_it_does_not_try_for_ever(asked):
    client, requests = asked(*[httpx.Response(429, json={"code": "too_many_requests"})] * 9)
    with pytest.raises(ApiError, match="429 too_many_requests"):
        client.stages()
    assert len([one for one in requests if isinstance(one, httpx.Request)]) == module.TRIES


def test_a_refusal_is_told_with_field_row_and_id_and_not_tried_again(asked):
    error = {"code": "invalid", "message": "a number was due", "field": "rows[2].x", "row": 2}
    client, requests = asked(httpx.Response(400, json=error, headers={"X-Request-ID": "abc"}))
    with pytest.raises(ApiError) as caught:
        client.predict_features([{}])
    one = caught.value
    assert (one.status, one.code, one.field, one.row, one.request_id) == (400, "invalid", "rows[2].x", 2, "abc")
    assert str(one) == "400 invalid: a number was due (rows[2].x); request abc" and len(requests) == 1


def test_what_is_no_json_is_an_error_too(asked):
    client, _ = asked(httpx.Response(502, text="<html>"))
    with pytest.raises(ApiError, match="502 unknown"):
        client.model()


def test_a_user_id_stays_one_part_of_the_path(asked):
    client, requests = asked(GOOD)
    client.user("a/b?c", "zh")
    assert requests[0].url.raw_path == b"/v1/users/a%2Fb%3Fc?lang=zh"


def test_a_users_contact_and_holdout_are_asked_by_the_whole_id(asked):
    client, requests = asked(GOOD, GOOD, GOOD)
    client.contact("a/b?c", "2026-03-02-0123456789", "zh")
    client.holdout("a/b?c")
    client.campaign("a/b")
    assert [one.url.raw_path for one in requests] == [
        b"/v1/users/a%2Fb%3Fc/contact?lang=zh&run=2026-03-02-0123456789",
        b"/v1/holdout/a%2Fb%3Fc",
        b"/v1/campaigns/a%2Fb",
    ]
