"""The report of a run: literal users to literal counts."""

import pytest

from serving.campaigns import report as told
from serving.campaigns.fates import FATES

TOML = """
[contact]
global_holdout = 0
cooldown_days = 0
[contact.channels.email]
cost = 0.1
[[play]]
name = "rich"
all = ["value_at_stake >= 6"]
channels = ["email"]
cost = 0.2
budget = 0.7
holdout = 0.000001
[[play]]
name = "all"
all = ["value_at_stake >= 0"]
channels = ["email"]
holdout = 0
verify = false
"""


@pytest.fixture
def run(shop):
    one = shop(TOML, users=10)
    one.users[9]["consent_marketing"] = None
    return one.plan(digits=1)


def counts(fates):
    assert tuple(fates) == FATES
    return {name: count for name, count in fates.items() if count}


def test_each_play_tells_its_own_and_everybody_counts_once(run):
    rich, everyone = run.report["plays"]
    assert (rich["matched"], counts(rich["fates"])) == (4, {"treatment": 2, "over_budget": 1, "no_consent": 1})
    assert (everyone["matched"], counts(everyone["fates"])) == (
        10,
        {"treatment": 6, "in_other_play": 3, "no_consent": 1},
    )
    assert run.report["users"]["matched"] == 10
    assert counts(run.report["users"]["fates"]) == {"treatment": 8, "over_budget": 1, "no_consent": 1}


def test_costs_are_those_of_the_treated(run):
    rich, everyone = run.report["plays"]
    assert (rich["cost"], everyone["cost"], run.report["cost"]) == (0.6, 0.6, 1.2)
    assert (rich["budget"], everyone["budget"]) == (0.7, None)
    why = {"en": "the play has no save_rate; nothing is verified yet", "zh": "打法没有 save_rate；尚无验证结果"}
    assert rich["rank"] == {"by": "value_at_stake", "why": why, "test": None}


def test_fates_that_do_not_add_up_are_never_told(run, monkeypatch):
    monkeypatch.setattr(
        told, "_play", lambda play, groups: {"name": play.name, "matched": 3, "fates": {"treatment": 2}}
    )
    with pytest.raises(AssertionError, match="fates of x do not add up"):
        told.report("r", "2026-01-01", [type("Play", (), {"name": "x"})], [], [])
