"""Bodies are counted as they arrive, whatever was announced, and their nesting is measured without parsing."""

import asyncio
import json

import pytest

from serving.api.guard import request_body as module
from serving.api.guard.refusals import Rejected
from serving.api.guard.request_body import Bodies, Gone, again, too_deep


def channel(parts, pause=0.0):
    parts = list(parts)

    async def receive():
        await asyncio.sleep(pause)
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    return receive


def received(parts, announced=None, most=10, seconds=5.0, pause=0.0, bodies=None):
    return asyncio.run((bodies or Bodies(most, seconds)).receive(channel(parts, pause), announced))


def status_of(caught):
    return caught.value.refusal.status


def test_a_body_of_exactly_the_limit_is_taken():
    assert received([b"12345", b"", b"67890"]) == b"1234567890"


@pytest.mark.parametrize("announced", [None, 3, 11])
def test_one_byte_more_is_refused_whatever_was_announced(announced):
    with pytest.raises(Rejected) as caught:
        received([b"12345", b"678901"], announced)
    assert status_of(caught) == 413


def test_a_body_that_is_announced_too_large_is_not_read():
    with pytest.raises(Rejected) as caught:
        asyncio.run(Bodies(10, 5).receive(None, 11))
    assert status_of(caught) == 413


def test_who_sends_too_slowly_is_cut_off():
    with pytest.raises(Rejected) as caught:
        received([b"1"] * 9, seconds=0.05, pause=0.02)
    assert status_of(caught) == 408


def test_who_hangs_up_is_gone():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        asyncio.run(Bodies(10, 5).receive(receive, None))


def test_bodies_that_arrive_at_once_are_bounded_together_and_given_back():
    bodies = Bodies(10, 5)

    async def many():
        return await asyncio.gather(
            *(bodies.receive(channel([b"12345", b"6789"], 0.01), None) for _ in range(9)), return_exceptions=True
        )

    found = asyncio.run(many())
    assert {status_of(_Caught(one)) for one in found if isinstance(one, Rejected)} == {429}
    assert b"123456789" in found and bodies.held == 0


class _Caught:
    def __init__(self, value):
        self.value = value


def test_the_app_reads_the_body_once_and_then_hears_of_the_callers_end():
    async def read():
        receive = again(b"abc", channel([]))
        return [await receive(), await receive()]

    first, second = asyncio.run(read())
    assert first == {"type": "http.request", "body": b"abc", "more_body": False} and second["type"] == "http.disconnect"


@pytest.mark.parametrize("block", [3, 1 << 20])
@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * 100_000, True),
        (b'{"a":' * 100_000, True),
        (b'{"a":[' * 5 + b"]}" * 5, True),
        (b'{"a":[' * 4 + b"]}" * 4, False),
        (b"[]" * 500, False),
        (b'["' + b"[" * 500 + b'"]', False),
        (rb'["\"' + b"[" * 500 + b'"]', False),
        (rb'["\\"' + b",[" * 500, True),
        (b"", False),
        (b"1", False),
    ],
)
def test_nesting_is_measured_outside_of_texts(monkeypatch, block, body, deep):
    monkeypatch.setattr(module, "BLOCK", block)
    assert too_deep(body[: 2000 if block == 3 else None], 9) is deep


def test_what_a_request_needs_is_not_too_deep():
    row = {"user_id": 1, "orders": [{"time": "2026-01-01T00:00:00Z", "amount": 1.0, "note": "a \\ [ {"}] * 50}
    assert not too_deep(json.dumps({"users": [row] * 50}).encode())
