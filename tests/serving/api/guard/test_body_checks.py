"""Large bodies are read by another process first: the service answers others meanwhile, and outlives what ends it."""

import asyncio
import os
import signal
import time

import psutil
import pytest

from serving.api.contract.errors import Refused
from serving.api.contract.requests import FeaturesRequest, ScoreRequest
from serving.api.guard import body_checks
from serving.api.guard.body_checks import SMALL, Checks


@pytest.fixture
def checks():
    found = Checks()
    yield found
    found.close()


def large(tail=""):
    return ('{{"user_ids": [{}1{}]}}'.format("1," * 900 + " " * SMALL, tail)).encode()


def test_a_large_body_is_read_as_a_small_one_is(checks):
    assert asyncio.run(checks.read(ScoreRequest, large())) == ScoreRequest.read(large())
    assert asyncio.run(checks.read(ScoreRequest, b'{"user_ids": [7]}')) == {"user_ids": [7], "lang": "en"}


def test_what_is_wrong_with_it_is_told_by_the_process_and_no_value_is_made_here(checks, monkeypatch):
    def never(*_):
        pytest.fail("it was read here")

    monkeypatch.setattr(ScoreRequest, "read", never)
    monkeypatch.setattr(ScoreRequest, "fields", never)
    with pytest.raises(Refused) as caught:
        asyncio.run(checks.read(ScoreRequest, large(", 2.5")))
    assert (caught.value.problem.code, caught.value.problem.field) == ("invalid", "user_ids[901]")


def test_the_loop_goes_on_while_a_body_is_checked(checks):
    body = ('{{"rows": [{{{}}}]}}'.format(",".join(f'"{n}": []' for n in range(500_000)))).encode()

    async def both():
        beats, longest = [time.perf_counter()], 0.0
        reading = asyncio.create_task(checks.read(FeaturesRequest, body))
        while not reading.done():
            await asyncio.sleep(0.001)
            beats.append(time.perf_counter())
            longest = max(longest, beats[-1] - beats[-2])
        with pytest.raises(Refused):
            reading.result()
        return beats[-1] - beats[0], longest

    asyncio.run(checks.read(ScoreRequest, large()))  # it is up
    took, longest = asyncio.run(both())
    assert longest < took / 2, "the loop stood still"


def test_one_that_ends_over_a_body_is_followed_by_another(checks, monkeypatch):
    checks.start()
    os.kill(checks._process.pid, signal.SIGSTOP)  # as one that hangs
    checks._seconds = 0.2
    assert checks.problem(ScoreRequest, large()).status == 413
    checks._seconds = 60
    assert checks.problem(ScoreRequest, large()) is None


def test_no_process_is_left_behind(checks):
    checks.start()
    pid = checks._process.pid
    checks.close()
    assert not psutil.pid_exists(pid)
    checks.start()
    assert checks._process.poll() is not None, "it was started again after the end"


def test_it_is_this_python_and_that_module():
    assert body_checks.command()[1:] == ["-m", "serving.api.guard.body_checker"]
