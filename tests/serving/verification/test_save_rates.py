"""What was verified of plays is kept by play, whole, the same whenever asked, and only of what is closed and sound."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from serving.verification.save_rates import save_rates_by_play
from training.verification.campaigns.assigned import SCHEMA, with_pooled
from training.verification.campaigns.looks_kept import Made, Plan
from training.verification.save_rates import pooled, save_rates

LOOKED = Plan(1, (Made(datetime(2026, 1, 1), 1, 1.0),))


@dataclass(frozen=True)
class Trial:
    ok: bool = True


@dataclass(frozen=True)
class Found:
    """What is taken of a Verified."""

    campaign_id: str
    save_rates: object
    plan: Plan = LOOKED
    trial: Trial = Trial()


def trial(campaign, users, seed=1, kept=0.3, first=0):
    """A campaign's rows, and what was found: half the users held out, of risk a half, of whom a contact keeps some."""
    rng = np.random.default_rng(seed)
    treated, tier = np.arange(users) % 2 == 0, np.where(np.arange(users) % 4 < 2, "low", "high")
    churned = rng.random(users) < 0.5 * (1 - kept * treated)
    rows = [
        {
            "user_id": str(first + at),
            "time": datetime(2026, 1, 1),
            "campaign_id": campaign,
            "sent_as": campaign,
            "epoch": "1",
            "arm": "treatment" if treated[at] else "holdout",
            "value_at_stake": float(at % 40),
            "stay_tier": str(tier[at]),
        }
        for at in range(users)
    ]
    return pa.Table.from_pylist(rows, SCHEMA), save_rates(tier, treated, churned, np.full(users, 0.5))


@pytest.fixture
def two_runs():
    one, two = trial("run1/winback", 4000), trial("run2/winback", 2000, seed=2, first=4000)
    other = trial("run2/hello", 400, seed=3)
    later = Plan(1, (Made(datetime(2026, 2, 1), 1, 1.0),))
    found = [Found("run1/winback", one[1]), Found("run2/winback", two[1], later), Found("run2/hello", None)]
    return found, pa.concat_tables([one[0], two[0], other[0]])


def test_trials_of_a_play_are_one_and_open_or_unsound_ones_do_not_count(two_runs):
    found, rows = two_runs
    unsound = Found("run3/winback", found[0].save_rates, trial=Trial(ok=False))
    everything = Found("global_holdout/1", found[0].save_rates)
    plays = save_rates_by_play([*found, unsound, everything], rows)
    assert list(plays) == ["winback"]
    one = plays["winback"]
    assert one["campaigns"] == ["run1/winback", "run2/winback"]
    assert (one["until"], one["users"], one["treated"], one["holdout"]) == ("2026-02-01T00:00:00", 6000, 3000, 3000)
    assert one["rarer"] == pytest.approx(1500)  # 3,000 held out at a risk of a half
    assert one["low"] < 0.3 < one["high"] and one["low"] < one["rate"] < one["high"]
    assert set(one["tiers"]) == {"low", "high"}
    assert one["tiers"]["low"]["share"] == 0.5
    stakes = one["tiers"]["low"]["stakes"]
    assert len(stakes) == 20 and stakes == sorted(stakes) and np.mean(stakes) == pytest.approx(18.5, abs=0.1)


def test_runs_that_are_one_trial_together_do_not_count_again_and_others_stand_beside_it(two_runs):
    found, rows = two_runs
    third, whole = trial("run0/winback", 1000, seed=4, first=6000), trial("any", 6000, seed=5)
    other = third[0].set_column(third[0].column_names.index("share"), "share", pa.array([0.3] * 1000))
    both = with_pooled(pa.concat_tables([other, rows]).combine_chunks())
    assert "winback" in both["campaign_id"].unique().to_pylist()
    made = [*found, Found("winback", whole[1]), Found("run0/winback", third[1])]
    one = save_rates_by_play(made, both)["winback"]
    assert (one["treated"], one["users"]) == (3000 + 500, 7000)
    assert one["campaigns"] == ["run0/winback", "run1/winback", "run2/winback"]
    open_still = save_rates_by_play([*found, Found("winback", None)], both)["winback"]
    assert (open_still["treated"], open_still["campaigns"]) == (3000, ["run1/winback", "run2/winback"])


def test_the_same_trials_are_told_the_same(two_runs):
    found, rows = two_runs
    order = np.random.default_rng(1).permutation(len(rows))
    assert save_rates_by_play(found, rows) == save_rates_by_play(found, rows.take(pa.array(order)))


def test_assigning_the_same_users_again_makes_nothing_surer():
    once = trial("a", 4000)[1]
    again, new = pooled([once, once], 0.5), pooled([once, once])
    assert again.play.rate == pytest.approx(once.play.rate)
    assert again.play.error == pytest.approx(once.play.error)
    assert again.play.rarer == pytest.approx(once.play.rarer)
    assert new.play.error == pytest.approx(once.play.error / np.sqrt(2))
    assert new.play.treated == 2 * once.play.treated


def test_trials_count_by_what_they_know_and_not_by_their_users():
    large, small = trial("a", 8000, kept=0.1)[1], trial("b", 400, kept=0.9)[1]
    both = pooled([large, small]).play
    weights = np.array([large.play.precision, small.play.precision])
    assert both.raw == pytest.approx(np.average([large.play.raw, small.play.raw], weights=weights))
    assert abs(both.rate - large.play.rate) < abs(both.rate - small.play.rate)
