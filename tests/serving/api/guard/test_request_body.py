"""Bodies are counted as they arrive, whatever was announced, and large ones as long as anybody works on them."""

import asyncio

import pytest

from serving.api.guard import request_body as module
from serving.api.guard.refusals import Rejected
from serving.api.guard.request_body import Bodies, Gone, again


def channel(parts, pause=0.0):
    parts = list(parts)

    async def receive():
        await asyncio.sleep(pause)
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    return receive


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch):
    monkeypatch.setattr(module, "SMALL", 4)


async def whole(bodies, receive, announced=None, work=0.0):
    async with bodies.received(receive, announced) as body:
        await asyncio.sleep(work)
        return body


def received(parts, announced=None, most=10, seconds=5.0, pause=0.0):
    return asyncio.run(whole(Bodies(most, seconds), channel(parts, pause), announced))


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
        asyncio.run(whole(Bodies(10, 5), None, 11))
    assert status_of(caught) == 413


def test_who_sends_too_slowly_is_cut_off():
    with pytest.raises(Rejected) as caught:
        received([b"1"] * 9, seconds=0.05, pause=0.02)
    assert status_of(caught) == 408


def test_who_hangs_up_is_gone():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        asyncio.run(whole(Bodies(10, 5), receive))


def many(bodies, body, work=0.0, pause=0.0):
    async def all_of_them():
        ways = [whole(bodies, channel([body[:5], body[5:]], pause), work=work) for _ in range(9)]
        return await asyncio.gather(*ways, return_exceptions=True)

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(("work", "pause"), [(0.0, 0.01), (0.05, 0.0)], ids=["arriving", "worked on"])
def test_large_bodies_are_bounded_together_until_they_are_answered_and_then_given_back(work, pause):
    bodies = Bodies(10, 5)
    found = many(bodies, b"123456789", work, pause)
    refused = [one for one in found if isinstance(one, Rejected)]
    assert {status_of(_Caught(one)) for one in refused} == {429} and len(refused) >= 5
    assert b"123456789" in found and bodies.held == 0


def test_small_bodies_are_taken_whatever_large_ones_are_here():
    bodies = Bodies(10, 5)
    bodies.held = 40
    assert many(bodies, b"1234", work=0.01) == [b"1234"] * 9
    assert all(isinstance(one, Rejected) for one in many(bodies, b"123456"))


def test_work_that_runs_out_of_time_is_not_told_as_a_slow_body():
    async def late():
        async with Bodies(10, 5).received(channel([b"1"]), None):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(late())


class _Caught:
    def __init__(self, value):
        self.value = value


def test_the_app_reads_the_body_once_and_then_hears_of_the_callers_end():
    async def read():
        receive = again(b"abc", channel([]))
        return [await receive(), await receive()]

    first, second = asyncio.run(read())
    assert first == {"type": "http.request", "body": b"abc", "more_body": False} and second["type"] == "http.disconnect"
