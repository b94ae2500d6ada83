"""One job at a time, whoever is killed."""

import logging
import multiprocessing
import os
import signal

import pytest

from serving.batch.lock import alone, alone_if_free

SPAWN = multiprocessing.get_context("spawn")


def hold(file, pipe):
    """Take the lock, say so, and keep it until told."""
    with alone(file):
        pipe.send("held")
        pipe.recv()
    pipe.send("given back")


@pytest.fixture
def holder(tmp_path):
    """Another process that has the lock: (file, process, pipe)."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=hold, args=(tmp_path / "run.lock", theirs))
    process.start()
    assert ours.recv() == "held"
    yield tmp_path / "run.lock", process, ours
    process.kill()
    process.join()


def test_the_second_waits_and_says_so(holder, caplog):
    file, _, pipe = holder
    with alone_if_free(file) as free:
        assert not free
    pipe.send("enough")
    with caplog.at_level(logging.WARNING), alone(file):
        assert pipe.recv() == "given back"
    with alone_if_free(file) as free:
        assert free
    assert not file.exists()


def test_a_killed_holder_is_no_hindrance(holder, caplog):
    file, process, _ = holder
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert file.exists()
    with alone(file):
        pass
    assert not file.exists() and caplog.text == ""


def test_a_job_that_fails_gives_the_lock_back(tmp_path):
    with pytest.raises(ValueError), alone(tmp_path / "run.lock"):
        raise ValueError
    with alone_if_free(tmp_path / "run.lock") as free:
        assert free


def test_waiting_is_told_with_the_name_of_the_run(tmp_path, caplog, monkeypatch):
    from serving.batch import lock

    taken = iter([None, os.open(tmp_path, os.O_RDONLY)])
    monkeypatch.setattr(lock, "_take", lambda file, wait: next(taken))
    with alone(tmp_path / "2026-01-31-abc.lock"):
        assert "2026-01-31-abc: another job is at this run; waiting until it has finished" in caplog.text
