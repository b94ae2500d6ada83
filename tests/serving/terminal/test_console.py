"""No bar where nobody looks, and a line a minute in the log of a scheduled job."""

import os
import select
import sys

import pytest

from serving.terminal import console


@pytest.fixture
def drawn(monkeypatch):
    """drawn(patience): what a person who looks at stderr has seen of work in one step, which then fails."""
    monkeypatch.setenv("TERM", "xterm")

    def draw(patience):
        monkeypatch.setattr(console, "PATIENCE", patience)
        reader, writer = os.openpty()
        with os.fdopen(writer, "w") as screen, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", screen)
            with pytest.raises(ValueError), console.progress() as step:
                step("scoring", 1, 7)
                raise ValueError
            seen = b""
            while select.select([reader], [], [], 0.3)[0]:  # a terminal hands on what it was given piece by piece
                seen += os.read(reader, 65536)
            os.close(reader)
            return seen.decode()

    return draw


def test_nothing_is_said_within_a_minute_where_stderr_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(console, "PATIENCE", -1)
    with console.progress() as step:
        step("scoring", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_scheduled_job_says_each_minute_how_far_and_how_fast_it_is(monkeypatch, capsys):
    now = iter([0.0, 30.0, 50.0, 90.0, 130.0, 160.0])  # began, then at each step
    monkeypatch.setattr(console.time, "monotonic", lambda: next(now))
    with console.progress() as step:
        for what, done in (("reading", 1), ("scoring", 0), ("scoring", 4000), ("scoring", 8000), ("scoring", 10_000)):
            step(what, done, 80_000)
    assert capsys.readouterr() == (
        "",
        "holdfast: scoring: 4,000 of 80,000, 100 a second, 13 min left\n"
        "holdfast: scoring: 10,000 of 80,000, 91 a second, 13 min left\n",
    )


def test_slow_steps_are_told_by_the_minute(monkeypatch, capsys):
    now = iter([0.0, 0.0, 100.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(now))
    with console.progress() as step:
        step("training", 0, 3)
        step("training", 1, 3)
    assert capsys.readouterr().err == "holdfast: training: 1 of 3, 0.6 a minute, 4 min left\n"


def test_work_that_is_short_has_no_bar(drawn):
    assert console.PATIENCE == 2
    assert drawn(2) == ""


def test_longer_work_has_a_bar_on_stderr_alone(drawn, capsys):
    seen = drawn(-1)
    assert "scoring" in seen and "1/7" in seen and capsys.readouterr().out == ""


def test_the_bar_is_taken_away_also_when_the_work_fails(drawn):
    assert drawn(-1).endswith("\x1b[2K")  # its line is cleared


def test_long_work_tells_its_speed():
    now = iter(range(0, 1000, 10))
    bars = console.Bars(get_time=lambda: float(next(now)), speed_estimate_period=console.LONG)
    task = bars.add_task("scoring", total=5000)
    for done in (1000, 2000, 3000):
        bars.update(task, completed=done)
    assert console.Speed().render(bars.tasks[0]).plain.endswith("/s")
    bars.add_task("other")
    assert console.Speed().render(bars.tasks[1]).plain == ""
