"""What the gateway tells without a key, how long a key is good, and which requests it trusts no end of."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

KEYS = {"ann": ("a-read-key", "read"), "cid": ("an-admin-key", "admin")}


def bearer(key):
    return [("authorization", f"Bearer {key}")]


def code(answer):
    return answer.status, json.loads(answer.body)["code"]


def test_the_probes_need_no_key_and_say_what_is_up(door, ask):
    one = door(keys=KEYS, ready=(False, {"refused": []}))
    assert ask(one, "/livez").status == 200
    answer = ask(one, "/readyz")
    assert answer.status == 503 and json.loads(answer.body) == {"ready": False}
    assert code(ask(one, "/v1/model", headers=bearer("a-read-key"))) == (503, "unavailable")


def test_names_of_model_and_snapshot_are_shown_to_who_has_a_key(door, ask):
    about = {"model_version": "v1-abc", "snapshot": "2026-01-01-abc", "refused": {}, "trouble": {}}
    one, gone = (door(keys=KEYS, ready=(True, about), until=day) for day in (None, date(2020, 1, 1)))
    for key, *_ in KEYS.values():
        assert json.loads(ask(one, "/readyz", headers=bearer(key)).body) == {"ready": True} | about
    for asked, headers in ((one, ()), (one, bearer("a-wrong-key")), (gone, bearer("a-read-key"))):
        answer = ask(asked, "/readyz", headers=headers)
        assert answer.status == 200 and json.loads(answer.body) == {"ready": True}
    here, elsewhere = (ask(door(ready=(True, about)), "/readyz", peer=peer) for peer in ("127.0.0.1", "192.0.2.7"))
    assert b"v1-abc" in here.body and b"v1-abc" not in elsewhere.body


def test_good_answers_say_what_they_were_made_of_that_is_old(door, ask):
    old, fresh = door(keys=KEYS, stale=("snapshot", "logs")), door(keys=KEYS)
    asked = [(one, headers) for one in (old, fresh) for headers in (bearer("a-read-key"), bearer("a-wrong-key"))]
    told = [ask(one, "/v1/model", headers=headers).headers.get("x-holdfast-stale") for one, headers in asked]
    assert told == ["snapshot, logs", None, None, None]
    assert "x-holdfast-stale" not in ask(old, "/readyz").headers


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_the_probes_are_read_and_nothing_else(door, ask, path, method):
    answer = ask(door(keys=KEYS), path, method=method)
    assert code(answer) == (405, "method_not_allowed") and answer.headers["allow"] == "GET, HEAD"
    assert ask(door(keys=KEYS), path, method="HEAD").status == 200


def test_a_key_ends_with_its_last_day(door, ask):
    today = datetime.now(UTC).date()
    for day, status in ((today + timedelta(1), 200), (today - timedelta(1), 401)):
        answer = ask(door(keys=KEYS, until=day), "/v1/model", headers=bearer("a-read-key"))
        assert answer.status == status
    assert code(answer) == (401, "ended_key")


def test_a_body_whose_end_can_be_read_in_two_ways_is_refused_and_the_connection_closed(door, ask):
    both = [("content-length", "2"), ("transfer-encoding", "chunked")]
    for path in ("/v1/score", "/livez"):
        answer = ask(door(), path, b"{}", headers=both)
        assert code(answer) == (400, "two_lengths") and answer.headers["connection"] == "close"
    assert ask(door(), "/v1/score", b"{}", headers=both[1:]).status == 200
