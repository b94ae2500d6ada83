"""What `holdfast models` prints: the list, two side by side, who is champion; and its bad ends."""

from datetime import datetime

import pytest

from serving.terminal import models
from training.tracking.comparison import ModelDiff
from training.tracking.registry import Entry

MADE = datetime(2026, 1, 2, 3, 4)
OLD = Entry("1", MADE, "abc", as_of="2025-11-01T00:00:00", metrics={"holdfast.auc": 0.75}, aliases=("previous",))
NEW = Entry(
    "12",
    MADE,
    "def",
    as_of="2025-12-01T00:00:00",
    gate="beats it",
    metrics={"holdfast.auc": 0.8},
    aliases=("champion",),
)


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_the_list_marks_the_champion_and_says_why(capsys):
    models.show_versions([NEW, OLD])
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed(capsys) if "│" in line]
    assert rows == [
        ["champion", "v12-def", "2026-01-02 03:04", "2025-12-01", "0.8000", *"––––", "beats it"],
        ["previous", "v1-abc", "2026-01-02 03:04", "2025-11-01", "0.7500", *"––––", "–"],
    ]
    models.show_versions([])
    assert printed(capsys) == ["no model yet; run 'holdfast train'"]


def test_two_side_by_side_with_what_changed(capsys):
    metrics = [("holdfast.auc", 0.75, 0.8), ("holdfast.predicted_sum", 1000.4, 900.0), ("bgnbd.auc", None, 0.7)]
    config = [("churn.horizon_days", "30.0", "60.0")]
    models.show_comparison(ModelDiff(OLD, NEW, metrics, [f"f{n}" for n in range(14)], [], config, (["2025-01-01"], [])))
    lines = printed(capsys)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert rows == [
        ["holdfast.auc", "0.7500", "0.8000", "+0.0500"],
        ["holdfast.predicted_sum", "1,000", "900", "-100"],
        ["bgnbd.auc", "–", "0.7000", "–"],
    ]
    said = "\n".join(lines)
    assert "tested as of 2025-11-01T00:00 and 2025-12-01T00:00: other users, so figures do not compare" in said
    assert "features that came: f0, " in said and "f11 and 2 more" in said and "features that went: none" in said
    assert "churn.horizon_days: 30.0 → 60.0" in said
    assert said.endswith("v1-abc learned from 1 cutoffs, 2025-01-01 to 2025-01-01\nv12-def learned from 0 cutoffs")


def test_the_new_champion_is_told_with_what_the_gate_had_said(capsys):
    models.show_champion(NEW)
    assert printed(capsys) == ["model v12-def is now champion; the gate said at its training: beats it"]


def test_the_verbs_work_on_a_registry(base, holdfast, tmp_path):
    config = base.config.file
    listed = holdfast("models", "list", "--config", config)
    assert listed.code == 0 and base.model.name in listed.out and "champion" in listed.out
    same = holdfast("models", "compare", "1", "champion", "--config", config)
    assert same.code == 0 and "settings: the same" in same.out
    bad = {
        ("promote", "1"): "is champion already; see 'holdfast models list'",
        ("promote", "7"): "no version '7' of model holdfast; there are: 1; see 'holdfast models list'",
        (): "see 'holdfast models --help'",
        ("rollback",): "version 1 is the first champion: nothing to roll back to; see 'holdfast models list'",
    }
    for arguments, told in bad.items():
        found = holdfast("models", *arguments, "--config", config)
        assert found.code == 2 and found.err.startswith("holdfast: ") and found.err.endswith(told + "\n"), found.err


@pytest.mark.parametrize("verb", ["list", "compare", "promote", "rollback"])
def test_every_verb_helps(holdfast, verb):
    found = holdfast("models", verb, "--help")
    assert (found.code, found.err) == (0, "") and f"Usage: holdfast models {verb}" in found.out


def test_a_challenger_is_shown_by_how_it_agrees_and_nothing_is_where_there_is_none(capsys):
    models.show_challenger({})
    assert printed(capsys) == []
    agree = {"users": 990, "rank": 0.912, "same_band": 0.876, "same_tier": None, "risk": 0.31, "challenger_risk": 0.29}
    models.show_challenger({"challenger": {"model": "v7-x", "since": "2026-01-05T00:00:00", "agreement": agree}})
    told = " ".join(printed(capsys))
    assert "challenger v7-x since 2026-01-05: rank correlation 0.912, same risk band 87.6%, same stay tier –" in told
    assert "mean risk 29.0%, the champion's 31.0%" in told
    models.show_challenger_named(NEW, 45)
    assert "model v12-def is now challenger: scored beside the champion for 45 days" in " ".join(printed(capsys))
