"""The process that checks bodies: one line of answer for each, whatever it is."""

import io
import json

import pytest

from serving.api.contract.requests import ScoreRequest
from serving.api.guard import body_checker
from serving.api.guard.body_checker import answer, problem


def test_each_body_is_answered_in_turn_by_what_is_wrong_with_it():
    bodies = [b'{"user_ids": [1]}', b"\n[\n", b"", b'{"user_ids": [1, 2.5]}', b'{"user_ids": [2]}']
    given = b"".join(b"ScoreRequest %d\n%b" % (len(body), body) for body in bodies)
    out = io.StringIO()
    answer(io.BytesIO(given), out)
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one and one["field"] for one in said] == [None, None, None, "user_ids[1]", None]
    assert [one is None for one in said] == [True, False, False, False, True]


def test_a_body_that_takes_more_memory_than_there_is_is_too_large(monkeypatch):
    def full(body):
        raise MemoryError

    monkeypatch.setattr(ScoreRequest, "read", full)
    assert problem("ScoreRequest", b"{}").status == 413


def test_it_is_bounded_and_gentle(monkeypatch):
    done = {}
    monkeypatch.setattr(body_checker.os, "nice", lambda by: done.update(nice=by))
    monkeypatch.setattr(body_checker.resource, "setrlimit", lambda kind, most: done.update({kind: most}))
    monkeypatch.setattr(body_checker.gc, "disable", lambda: None)
    monkeypatch.setattr(body_checker, "answer", lambda given, out: done.update(answered=True))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    body_checker.main()
    assert done["nice"] > 0 and done[body_checker.resource.RLIMIT_AS][0] <= 4 << 30 and done["answered"]


@pytest.mark.parametrize("name", ["ScoreRequest", "PredictRequest", "FeaturesRequest"])
def test_every_body_that_the_service_takes_is_known_by_its_name(name):
    assert problem(name, b"{}").code == "invalid"
