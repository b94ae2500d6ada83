"""The rule finds most of what can be found, and seldom spends in vain: benchmarks/bench_targeting.py in small."""

import numpy as np
import pytest

from benchmarks import bench_targeting
from benchmarks.targeting_worlds import WORLDS, no_effect, trial


@pytest.fixture(scope="module")
def regrets():
    """By world: the regret in small trials, of the rule and of other ways."""
    return {name: bench_targeting.regret(effect, 2000, 4, seed=11) for name, effect in WORLDS.items()}


def test_small_trials_find_most_of_the_gain_and_more_than_risk_does(regrets):
    mean = bench_targeting.mean(regrets)
    assert mean["rule"] < 0.13 and mean["rule"] < 0.7 * mean["risk"]
    assert mean["rule"] <= mean["highest"]  # values of so few users choose worse than the rule


def test_each_world_is_what_it_is_called(regrets):
    assert regrets["effect by risk"]["risk"] < 0.01  # there risk is the right ranking
    assert min(one["risk"] for name, one in regrets.items() if name != "effect by risk") > 0.05
    base = {name: trial(effect, 20_000, 5) for name, effect in WORLDS.items()}
    harmed = {name: (one.effect < -0.02).mean() for name, one in base.items()}
    assert harmed["sleeping dogs"] > 0.2 and harmed["effect by habit"] > 0.05
    assert sum(share > 0 for share in harmed.values()) == 2
    assert all(0.08 < one.effect.mean() < 0.12 for one in base.values())


def test_large_trials_find_nearly_all_of_it():
    found = {name: bench_targeting.regret(effect, 8000, 2, seed=12) for name, effect in WORLDS.items()}
    assert bench_targeting.mean(found)["rule"] < 0.08


def test_money_is_spent_where_there_is_an_effect_and_seldom_where_there_is_none():
    assert bench_targeting.spent(no_effect, 8000, 30, seed=13) <= 0.1
    assert np.mean([bench_targeting.spent(effect, 8000, 2, seed=13) for effect in WORLDS.values()]) > 0.9


def test_on_a_real_mail_trial_uplift_finds_whom_the_mail_brings(real_data):
    found = {arm: bench_targeting.half_splits(real_data, arm, splits=8) for arm in bench_targeting.VISIT}
    for arm, bound in bench_targeting.VISIT.items():
        visits = {name: one[0] for name, one in found[arm].items()}
        assert visits["uplift"] > 0.95 * bound and visits["uplift"] > visits["risk"] + 0.01
    money = {name: np.mean([one[name][1] for one in found.values()]) for name in ("uplift x history", "risk")}
    assert money["uplift x history"] > 1.25 * money["risk"]


@pytest.mark.parametrize(("bound", "code"), [(2.0, 0), (-2.0, 1)])
def test_the_benchmark_ends_with_1_where_an_aim_is_missed(monkeypatch, capsys, bound, code):
    monkeypatch.setattr(bench_targeting, "REGRET", {600: bound})
    monkeypatch.setattr("sys.argv", ["bench_targeting.py", "worlds", "1"])
    with pytest.raises(SystemExit) as end:
        bench_targeting.main()
    assert end.value.code == code and ("missed regret at 600" in capsys.readouterr().out) is bool(code)
