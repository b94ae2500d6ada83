"""What a person reads before training: gates in words as well as colours, and what each churn horizon would mean."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pytest

from features.errors import BadInput, GateFailed
from features.groups.horizon_choice import Candidate
from features.user_base import UserBase
from serving.terminal import check
from training.evaluation.leakage import Alarm
from training.rows.data_gates import Gate


def test_gates_are_told_in_words(capsys):
    check.show_gates([Gate("history", "green", "90 days"), Gate("churned users", "red", "7 users", "give more users")])
    out = capsys.readouterr().out
    lines = [line.split("│")[1:-1] for line in out.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["history", "green", "90 days", "–"],
        ["churned users", "red", "7 users", "give more users"],
    ]


def test_horizons_around_the_configured_one_are_shown(base, capsys):
    found = [Candidate(days, 500, 3 / days, 100, 50, 0) for days in (1, 7, 30, 300)]
    check.show_horizons(base.config, found)
    out = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    assert rows == [["7", "43%", "50%", "0%", ""], ["30", "10%", "50%", "0%", "configured, suggested"]]
    assert "churn horizon: 30 days is the shortest at which at most 10% of the gaps" in out


def test_no_horizon_is_told(base, capsys):
    check.show_horizons(base.config, [])
    check.show_horizons(base.config, [Candidate(30, 500, 0.5, 0, 0, 0)])
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("churn horizon: none near the configured one fits three times into the logs")
    assert last.startswith("churn horizon: none that fits three times into the logs is long enough;")


def test_a_red_gate_ends_check_and_train_after_all_is_told(base, capsys, monkeypatch):
    monkeypatch.setattr(check, "data_gates", lambda *_: [Gate("stayed users", "red", "7", "give more")])
    for run in (check.check, check.enough):
        with pytest.raises(GateFailed, match="too little to learn from: stayed users: 7; give more"):
            run(base)
    out = capsys.readouterr().out
    assert out.count("Data gates") == 2 and out.count("Churn horizons") == 1


def test_a_base_that_is_large_enough_passes(base):
    check.check(base)


def test_alarms_are_told_in_their_words_and_not_all_of_them(capsys):
    found = [Alarm(f"x{number}", "sure", 30, f"x{number} is sure; look") for number in range(6)]
    refusing = Alarm("y", "separates", 0.995, "y alone separates; look")
    bundle = SimpleNamespace(metrics={"drift": {"alarm": "drift: far off; train again"}})
    check.show_alarms([SimpleNamespace(as_of=datetime(2026, 1, 1), alarms=(refusing, *found), bundle=bundle)])
    first, second, *_, last, drift = capsys.readouterr().out.splitlines()
    assert first == "leak alarm (red: no promotion) at 2026-01-01 00:00: y alone separates; look"
    assert second == "leak alarm (amber) at 2026-01-01 00:00: x0 is sure; look"
    assert last == "  and 2 more columns"
    assert drift == "drift alarm, as known on 2026-01-01 00:00: far off; train again"


def test_a_question_that_the_values_leave_open_stops_check(base, capsys):
    asked = replace(base.tables, questions=("tables.orders: time: day or month?", "tables.orders: amount: which?"))
    with pytest.raises(BadInput, match=r"tables.orders: time: day or month. \(and 1 more\)"):
        check.check(UserBase(base.config, base.con, asked))
    assert capsys.readouterr().out == ""
