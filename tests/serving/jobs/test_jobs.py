"""Jobs: the same started twice runs once, how it ended is told, and one whose process went is known for lost."""

import time
from contextlib import suppress
from types import SimpleNamespace

import pytest

from features import whole_files
from features.errors import BadInput
from serving.jobs import jobs as module
from serving.jobs.jobs import TooMany, jobs, start

PATIENCE = 120  # seconds: two starts of Python on a busy machine


@pytest.fixture
def config(tmp_path):
    return SimpleNamespace(store_path=tmp_path / "store", file=tmp_path / "holdfast.toml")


def ended(config):
    end = time.monotonic() + PATIENCE
    while (found := jobs(config.store_path)[0]).state == "running" and time.monotonic() < end:
        time.sleep(0.1)
    return found


def test_a_job_that_fails_says_why_and_started_twice_at_once_it_runs_once(config):
    names = {start(config, "plan", ["campaign", "plan", "--config=none.toml"], "ann", {"play": "p"}) for _ in range(2)}
    assert len(names) == 1 and jobs(config.store_path)[0].state == "running"
    found = ended(config)
    assert (found.state, found.by, dict(found.about), found.run) == ("failed", "ann", {"play": "p"}, None)
    assert found.said.startswith("none.toml: no such file") and found.ended >= found.at
    assert jobs(config.store_path, "export") == []


@pytest.fixture
def still(monkeypatch):
    """Children that never begin: their locks are kept here."""
    import os

    held = []
    monkeypatch.setattr(module, "_begin", lambda *given: held.append(os.dup(given[-1])))
    yield held
    for one in held:
        with suppress(OSError):
            os.close(one)


def test_a_job_whose_process_went_without_a_word_is_lost_and_may_be_started_again(config, still):
    import os

    name = start(config, "plan", ["x"], "ann")
    assert jobs(config.store_path)[0].state == "running"
    os.close(still.pop())
    assert jobs(config.store_path)[0].state == "lost"
    assert start(config, "plan", ["x"], "ann") == name and jobs(config.store_path)[0].state == "running"


def test_no_more_run_than_may_at_once(config, still):
    for number in range(module.MOST):
        start(config, "plan", [str(number)], "ann")
    with pytest.raises(TooMany):
        start(config, "plan", ["one more"], "ann")
    assert start(config, "plan", ["0"], "ann") == start(config, "plan", ["0"], "ann")  # it runs already
    assert len(still) == module.MOST


def test_a_damaged_record_hides_no_other(config, still):
    name, other = start(config, "plan", ["1"], "ann"), start(config, "plan", ["2"], "ann")
    whole_files.write_text(config.store_path / "jobs" / f"{name}.json", "{}")
    assert [one.name for one in jobs(config.store_path)] == [other]


def test_a_store_that_cannot_be_written_is_told(config):
    config.store_path.write_text("a file")
    with pytest.raises(BadInput, match="check its rights"):
        start(config, "plan", [], "ann")
