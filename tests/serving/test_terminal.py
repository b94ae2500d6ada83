"""What a person reads: bands in their order, text as it is, and no bar where nobody looks."""

import os
import select
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from features.groups.group_differences import Divergence
from features.tables import Counts, Tables
from serving import terminal
from serving.batch.part import write_part
from serving.batch.snapshot import finish
from serving.funnel import Funnel
from serving.reasons import TYPE

REASON = {"feature": "order_count_30d", "value": 1234.5678, "contribution": 0.5}
SILENT = {"feature": "silence_ratio", "value": 4.0, "contribution": -0.25}


@pytest.fixture
def snapshot(tmp_path):
    """A user with a name that Rich would read as a colour, and one who is not eligible."""
    rows = {
        "user_id": ["[red]ann[/red]", ":boom:"],
        "eligible": [True, False],
        "churn_risk": [0.875, None],
        "risk_band": ["high", None],
        "expected_value": [1234.5, None],
        "value_tier": ["mid", None],
        "value_at_stake": [999.0, None],
        "reasons": pa.array([[REASON, SILENT], None], TYPE),
    }
    folder = tmp_path / "snapshots" / ("[bold]" + "long-" * 40)
    write_part(folder, "all", pa.table(rows))
    counts = {"reason_not_eligible:never active": 1, "risk_band:low": 0, "risk_band:medium": 0, "risk_band:high": 1}
    about = {"users": 2, "eligible": 1, "counts": counts | {"value_tier:none": 0, "value_tier:mid": 1}}
    return finish(folder, about, 0)


@pytest.fixture
def drawn(monkeypatch):
    """drawn(patience): what a person who looks at stderr has seen of work in one step, which then fails."""
    monkeypatch.setenv("TERM", "xterm")

    def draw(patience):
        monkeypatch.setattr(terminal, "PATIENCE", patience)
        reader, writer = os.openpty()
        with os.fdopen(writer, "w") as screen, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", screen)
            with pytest.raises(ValueError), terminal.progress() as step:
                step("scoring", 1, 7)
                raise ValueError
            seen = b""
            while select.select([reader], [], [], 0.3)[0]:  # a terminal hands on what it was given piece by piece
                seen += os.read(reader, 65536)
            os.close(reader)
            return seen.decode()

    return draw


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_bands_and_tiers_are_listed_in_the_order_of_the_manifest(snapshot, capsys):
    terminal.show_snapshot(snapshot)
    assert printed(capsys) == [
        "2 users = 1 scored + 1 not eligible",
        "  not eligible: 1 never active",
        "  risk: 0 low, 0 medium, 1 high",
        "  value: 0 none, 1 mid",
        f"snapshot: {snapshot.folder}",
    ]


def test_who_is_most_worth_keeping_is_shown_as_it_is(snapshot, capsys):
    terminal.show_worth_keeping(snapshot)
    lines = printed(capsys)
    (row,) = [line for line in lines if "ann" in line]
    for text in ("[red]ann[/red]", "88%", "high", "1,234.50", "mid", "999.00"):
        assert text in row
    assert (
        "↑ 1,235 orders in the last 30 days" in row
        and "↓ Silent for 4 times the usual gap" in lines[lines.index(row) + 1]
    )
    assert not any(":boom:" in line for line in lines)


def test_tables_tell_what_became_of_their_rows(capsys):
    counts = {"orders": Counts(3, 1, 1, 1, {"time is missing": 1})}
    noon = datetime(2026, 1, 1, 12)
    tables = Tables({}, counts, noon, noon, "", ("tables.orders: [a] note " + "x" * 200,))
    terminal.show_tables(tables, "note: they end early")
    assert printed(capsys) == [
        "orders: 3 rows = 1 used + 1 merged + 1 quarantined (1 time is missing)",
        "tables.orders: [a] note " + "x" * 200,
        "logs from 2026-01-01 12:00 until 2026-01-01 12:00 UTC",
        "note: they end early",
    ]


@pytest.fixture
def leaking():
    """leaking(groups, …): a funnel in which nobody cancels, and so many groups, of which the first diverges."""

    def make(groups=0, **more):
        one = Divergence("cart", "plan", "[b]", 200, 0.1, 400, 0.25, -0.21, -0.08, 0.001)
        found = [one, *(replace(one, group=f"g{n}", p=0.5) for n in range(1, groups))][:groups]
        given = {"attributes": ["plan"], "without": [], "files": [Path("funnel.parquet")]} | more
        users = {"visit": 600, "cart": 300, "cancel": 0}
        return Funnel(as_of=datetime(2026, 1, 1), days=30, known=1000, users=users, found=found, **given)

    return make


def test_a_funnel_shows_shares_and_marks_the_groups_that_diverge(capsys, leaking):
    terminal.show_funnel(leaking(25))
    text = capsys.readouterr().out
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]
    assert cells[:3] == [
        ["visit", "600", "60.0%", "100.0%"],
        ["cart", "300", "50.0%", "50.0%"],
        ["cancel", "0", "0.0%", "0.0%"],
    ]
    assert cells[3] == ["*", "cart", "plan", "[b]", "200", "10.0%", "25.0%", "-15.0", "-21.0 … -8.0", "0.001"]
    assert cells[4][0] == "" and len(cells) == 3 + terminal.GROUPS
    assert "1 of 25 diverge" in text and "5 more groups are in funnel.parquet" in text


def test_a_funnel_says_what_was_left_out_and_why(capsys, leaking):
    terminal.show_funnel(leaking(attributes=[], without=["plan"]))
    text = capsys.readouterr().out
    assert "left out plan: only today's value is known; give users a time" in text
    assert "no groups large enough to compare by no attribute; name some in funnel.attributes" in text


def test_text_that_the_model_never_saw_is_told_with_its_cure(capsys, snapshot):
    snapshot.manifest["unseen"] = {"plan": 1, "region": 1234}
    terminal.show_snapshot(snapshot)
    assert printed(capsys)[-3:-1] == [
        "1 user has a plan never seen in training; train again if it is here to stay",
        "1,234 users have a region never seen in training; train again if it is here to stay",
    ]


def test_nothing_is_said_within_a_minute_where_stderr_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "PATIENCE", -1)
    with terminal.progress() as step:
        step("scoring", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_scheduled_job_says_each_minute_how_far_and_how_fast_it_is(monkeypatch, capsys):
    now = iter([0.0, 30.0, 50.0, 90.0, 130.0, 160.0])  # began, then at each step
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(now))
    with terminal.progress() as step:
        for what, done in (("reading", 1), ("scoring", 0), ("scoring", 4000), ("scoring", 8000), ("scoring", 10_000)):
            step(what, done, 80_000)
    assert capsys.readouterr() == (
        "",
        "holdfast: scoring: 4,000 of 80,000, 100 a second, 13 min left\n"
        "holdfast: scoring: 10,000 of 80,000, 91 a second, 13 min left\n",
    )


def test_slow_steps_are_told_by_the_minute(monkeypatch, capsys):
    now = iter([0.0, 0.0, 100.0])
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(now))
    with terminal.progress() as step:
        step("training", 0, 3)
        step("training", 1, 3)
    assert capsys.readouterr().err == "holdfast: training: 1 of 3, 0.6 a minute, 4 min left\n"


def test_work_that_is_short_has_no_bar(drawn):
    assert terminal.PATIENCE == 2
    assert drawn(2) == ""


def test_longer_work_has_a_bar_on_stderr_alone(drawn, capsys):
    seen = drawn(-1)
    assert "scoring" in seen and "1/7" in seen and capsys.readouterr().out == ""


def test_the_bar_is_taken_away_also_when_the_work_fails(drawn):
    assert drawn(-1).endswith("\x1b[2K")  # its line is cleared


def test_counts_stand_beside_those_of_the_snapshot_before_and_alarms_under_them(capsys, snapshot):
    before = {"risk_band:high": 3, "risk_band:low": 0, "stage:gone": 2}
    told = {"run": "2025-12-31-abc", "as_of": "2025-12-31T00:00:00", "users": 5, "eligible": 1, "counts": before}
    snapshot.manifest.update(previous=told, alarms=["risk band 'high': 60.0% of the users before, 20.0% now"])
    try:
        terminal.show_snapshot(snapshot)
    finally:
        del snapshot.manifest["previous"], snapshot.manifest["alarms"]
    lines = printed(capsys)
    assert lines[0] == "2 (-3) users = 1 (+0) scored + 1 not eligible"
    assert "  risk: 0 (+0) low, 0 (+0) medium, 1 (-2) high" in lines and "  stage: 0 (-2) gone" in lines
    assert "  in brackets: against the snapshot before, 2025-12-31-abc, as of 2025-12-31T00:00" in lines
    assert lines[-2].startswith("alarm: risk band 'high': 60.0% of the users before, 20.0% now; see whether")


def test_long_work_tells_its_speed():
    now = iter(range(0, 1000, 10))
    bars = terminal.Bars(get_time=lambda: float(next(now)), speed_estimate_period=terminal.LONG)
    task = bars.add_task("scoring", total=5000)
    for done in (1000, 2000, 3000):
        bars.update(task, completed=done)
    assert terminal.Speed().render(bars.tasks[0]).plain.endswith("/s")
    bars.add_task("other")
    assert terminal.Speed().render(bars.tasks[1]).plain == ""
