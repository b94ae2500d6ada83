"""A run of the schedule: in order, told at once, and one step's failure is no other's."""

import json
from types import SimpleNamespace

import pytest

from features import whole_files
from features.errors import BadInput, GateFailed
from serving.schedule.scheduled_run import scheduled_run
from serving.schedule.steps import DONE, FAILED, SKIPPED, STEPS, Did, Step


@pytest.fixture
def base(tmp_path):
    """As much of a base as the run itself looks at."""
    from datetime import datetime

    tables = SimpleNamespace(observed_until=datetime(2026, 1, 2))
    config = SimpleNamespace(store_path=tmp_path, openlineage=SimpleNamespace(url=""))
    return SimpleNamespace(config=config, tables=tables)


def does(*answers, calls):
    """A step's work that gives or raises its answers in turn."""
    left = list(answers)

    def work(base, progress):
        calls.append(1)
        answer = left.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return work


def test_each_step_is_told_as_it_ends_and_the_summary_holds_them_all(base, tmp_path):
    calls, told = [], []
    steps = (
        Step("train", does(Did(SKIPPED, "young"), calls=calls)),
        Step("score", does(Did(DONE, "10 users"), calls=calls), ("train",)),
    )
    found = scheduled_run(base, told.append, steps=steps)
    assert [(one.step, one.status, one.said) for one in found] == [
        ("train", SKIPPED, "young"),
        ("score", DONE, "10 users"),
    ]
    assert told == found
    kept = whole_files.read_sealed(tmp_path / "schedule" / "latest.json")
    assert kept["good"] and kept["observed_until"] == "2026-01-02T00:00:00" and len(kept["steps"]) == 2
    assert json.dumps(kept)


@pytest.mark.parametrize("error", [BadInput("a\n b"), GateFailed("no"), OSError(28, "No space left on device")])
def test_a_step_that_fails_stops_what_needs_it_and_nothing_else(base, tmp_path, error):
    calls = []
    steps = (
        Step("score", does(error, calls=calls)),
        Step("plan", does(Did(DONE, ""), calls=calls), ("score",)),
        Step("verify", does(Did(DONE, "2 campaigns"), calls=calls)),
    )
    found = scheduled_run(base, steps=steps)
    assert [one.status for one in found] == [FAILED, FAILED, DONE] and len(calls) == 2
    assert "\n" not in found[0].said and found[1].said == "needs score, which failed"
    assert not whole_files.read_sealed(tmp_path / "schedule" / "latest.json")["good"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()])
def test_what_nobody_expects_is_not_hidden(base, error):
    with pytest.raises(type(error)):
        scheduled_run(base, steps=(Step("score", does(error, calls=[])),))


def test_no_step_sends_or_exports_or_approves():
    assert [one.name for one in STEPS] == ["train", "score", "plan", "verify", "monitor"]
    assert {need for one in STEPS for need in one.needs} <= {one.name for one in STEPS}
