import numpy as np
import pytest

from training.verification.churn_effect import share_effect
from training.verification.effect import numeric_effect
from training.verification.looks import planned
from training.verification.power import (
    churn_goal,
    design,
    power_of,
    smallest_effect,
    users_missing,
    users_needed,
    value_goal,
)


def test_three_points_of_thirty_take_a_holdout_of_two_thousand():
    needed = users_needed(churn_goal(0.3), -0.03, holdout=0.05)
    assert needed * 0.05 == pytest.approx(1_930, rel=0.05)  # by the plain normal formula
    assert power_of(churn_goal(0.3), -0.03, needed, 0.05) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("goal", [churn_goal(0.3, removed=0.2), value_goal(20.0, 60.0, removed=0.3)])
def test_size_power_and_smallest_effect_agree(goal):
    size = smallest_effect(goal, 50_000, 0.1)
    effect = size if goal.deviation else -size
    assert power_of(goal, effect, 50_000, 0.1) == pytest.approx(0.8, abs=1e-6)
    assert users_needed(goal, effect, 0.1) == pytest.approx(50_000, abs=2)


def test_a_better_score_and_a_larger_holdout_need_fewer_users_and_clusters_more():
    plain = users_needed(churn_goal(0.3), -0.03, 0.05)
    assert users_needed(churn_goal(0.3, removed=0.3), -0.03, 0.05) < 0.75 * plain
    assert users_needed(churn_goal(0.3), -0.03, 0.2) < 0.4 * plain
    assert users_needed(churn_goal(0.3, design_effect=2.2), -0.03, 0.05) > 2 * plain


@pytest.mark.parametrize("sizes", [(1_000, 1_000), (3_800, 200)])
@pytest.mark.parametrize("churn", [0.3, 0.7])
def test_the_power_told_for_churn_is_the_power_measured(share_trials, sizes, churn):
    n, holdout = sum(sizes), sizes[1] / sum(sizes)
    removed = np.mean([share_effect(one).variance_removed for one in share_trials(sizes, churn, 0.0, 20)])
    effect = -smallest_effect(churn_goal(churn, removed), n, holdout, power=0.7)
    found = [share_effect(one) for one in share_trials(sizes, churn, effect, 800)]
    measured = np.mean([one.high < 0 for one in found])
    assert -0.06 <= measured - 0.7 <= 0.12  # −.02 to .08, and the noise of 800 trials


@pytest.mark.parametrize("sizes, lift", [((1_000, 1_000), 0.2), ((3_800, 200), 0.4)])
def test_the_power_told_for_value_is_the_power_measured(value_trials, sizes, lift):
    known = [numeric_effect(one) for one in value_trials(sizes, 1.0, 40)]
    deviation = np.mean([np.sqrt(one.variances[1] * sizes[1] / (1 - one.variance_removed)) for one in known])
    goal = value_goal(np.mean([one.holdout for one in known]), deviation, np.mean([o.variance_removed for o in known]))
    said = power_of(goal, lift * goal.mean, sum(sizes), sizes[1] / sum(sizes))
    measured = np.mean([numeric_effect(one).low > 0 for one in value_trials(sizes, 1 + lift, 800)])
    assert 0.2 < said < 0.99 and -0.06 <= measured - said <= 0.12


def test_planned_looks_cost_little_power():
    goal = churn_goal(0.3)
    assert 0 < power_of(goal, -0.03, 38_000, 0.05) - power_of(goal, -0.03, 38_000, 0.05, looks=planned(5)) < 0.02


def test_what_cannot_be_seen_is_told_as_none():
    assert smallest_effect(churn_goal(0.05), 100, 0.05) is None
    assert users_needed(churn_goal(0.3), 0.0, 0.05) is None and users_needed(churn_goal(0.3), -1e-9, 0.05) is None
    assert smallest_effect(churn_goal(0.0), 100, 0.05) is None and power_of(churn_goal(0.0), -0.0, 100, 0.05) == 0


def test_a_design_tells_all_three():
    found = design(churn_goal(0.3), 20_000, 0.05, effect=-0.03)
    assert (
        found.smallest == pytest.approx(0.042, abs=0.002) and 0.5 < found.power < 0.6 and 36_000 < found.needed < 39_000
    )
    assert design(churn_goal(0.3), 20_000, 0.05).power is None


def test_more_users_until_it_is_proven(share_trials):
    effect = next(share_effect(one) for one in share_trials((900, 100), 0.3, 0.0, 1, seed=5))
    more = users_missing(effect, aim=-0.03)
    assert more + 1_000 == pytest.approx(users_needed(churn_goal(0.3, effect.variance_removed), -0.03, 0.1), rel=0.1)
    early = next(share_effect(one, 0.9999) for one in share_trials((900, 100), 0.3, 0.0, 1, seed=5))
    assert users_missing(early, aim=-0.03) == pytest.approx(more, rel=0.1)  # not more because it was an early look
    assert users_missing(effect, aim=-0.5) == 0 and users_missing(effect, aim=0.0) is None
