"""What was verified of plays is kept by play, whole, the same whenever asked, and only of what is closed and sound."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.campaigns.saves.verified import read_save_rates, write_save_rates
from training.verification.campaigns.assigned import SCHEMA
from training.verification.save_rates import pooled, save_rates


@dataclass(frozen=True)
class Trial:
    ok: bool = True


@dataclass(frozen=True)
class Found:
    """What the file takes of a Verified."""

    campaign_id: str
    save_rates: object
    closes: datetime = datetime(2026, 3, 1)
    trial: Trial = Trial()
    alone: bool = True


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
    found = [
        Found("run1/winback", one[1]),
        Found("run2/winback", two[1], datetime(2026, 4, 1)),
        Found("run2/hello", None),
    ]
    return found, pa.concat_tables([one[0], two[0], other[0]])


def test_trials_of_a_play_are_one_and_open_or_unsound_ones_do_not_count(tmp_path, two_runs):
    found, rows = two_runs
    unsound = Found("run3/winback", found[0].save_rates, trial=Trial(ok=False))
    pooled = Found("winback", found[0].save_rates, alone=False)  # the same users once more
    everything = Found("global_holdout/1", found[0].save_rates, alone=False)
    file = write_save_rates(tmp_path, [*found, unsound, pooled, everything], rows)
    assert file == tmp_path / "verification" / "save_rates.json"
    assert list(read_save_rates(tmp_path)) == ["winback"]
    one = read_save_rates(tmp_path)["winback"]
    assert one["campaigns"] == ["run1/winback", "run2/winback"]
    assert (one["closed"], one["users"], one["treated"], one["holdout"]) == ("2026-04-01T00:00:00", 6000, 3000, 3000)
    assert one["rarer"] == pytest.approx(1500)  # 3,000 held out at a risk of a half
    assert one["low"] < 0.3 < one["high"] and one["low"] < one["rate"] < one["high"]
    assert set(one["tiers"]) == {"low", "high"}
    assert one["tiers"]["low"]["share"] == 0.5
    stakes = one["tiers"]["low"]["stakes"]
    assert len(stakes) == 20 and stakes == sorted(stakes) and np.mean(stakes) == pytest.approx(18.5, abs=0.1)


def test_asking_again_writes_the_same_bytes_and_a_damaged_file_is_named(tmp_path, two_runs):
    file = write_save_rates(tmp_path, *two_runs)
    before = file.read_bytes()
    assert write_save_rates(tmp_path, *two_runs).read_bytes() == before
    file.write_bytes(before.replace(b'"treated": 3000', b'"treated": 3001'))
    with pytest.raises(BadInput, match=r"save_rates.json: damaged.*holdfast verify"):
        read_save_rates(tmp_path)


def test_without_a_file_nothing_was_verified(tmp_path):
    assert read_save_rates(tmp_path) == {}


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
