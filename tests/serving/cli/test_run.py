"""`holdfast run`: one line a step, one summary, one exit code."""

import json
from datetime import datetime

import pytest

from holdfast import app
from serving.cli import command
from serving.schedule import scheduled_run as job
from serving.schedule.steps import DONE, Did, Step


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A shop of one order; the steps are the tests' own."""
    (tmp_path / "orders.csv").write_text("user_id,time,amount\n1,2026-01-01,5\n")
    (tmp_path / "holdfast.toml").write_text('[engine]\nthreads = 1\n[tables.orders]\npath = "orders.csv"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def steps(monkeypatch, *works):
    made = tuple(Step(f"step{number}", work) for number, work in enumerate(works))
    monkeypatch.setattr(job.scheduled_run, "__defaults__", (*job.scheduled_run.__defaults__[:2], made))


def full(base, progress):
    raise OSError(28, "No space left on device")


def test_every_step_is_told_and_the_summary_written(folder, monkeypatch, capsys):
    steps(monkeypatch, lambda *_: Did(DONE, "10 users"))
    assert command.run(app, ["run", "--json", "out/run.json"]) == 0
    assert "step0: done: 10 users" in capsys.readouterr().out
    told = json.loads((folder / "out" / "run.json").read_text())
    assert told["good"] and told["observed_until"] == datetime(2026, 1, 2).isoformat()


def test_one_that_failed_gives_code_1_after_the_others_are_done(folder, monkeypatch, capsys):
    steps(monkeypatch, full, lambda *_: Did(DONE, "10 users"))
    assert command.run(app, ["run"]) == 1
    out, err = capsys.readouterr()
    assert "step1: done: 10 users" in out
    assert err == "holdfast: run: 1 of 2 steps failed; first step0: [Errno 28] No space left on device\n"
