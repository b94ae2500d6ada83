import numpy as np
import pytest

from training.verification.arms import outcome
from training.verification.churn_effect import share_effect
from training.verification.effect import numeric_effect
from training.verification.relative_lift import relative_lift


def test_lift_is_the_difference_over_the_holdouts_mean():
    rng, treated = np.random.default_rng(1), np.arange(4_000) < 2_000
    effect = numeric_effect(outcome(treated, rng.normal(10 + treated, 1.0)))
    lift = relative_lift(effect)
    assert lift.lift == pytest.approx(0.1, abs=0.01) and lift.low < lift.lift < lift.high and not lift.unbounded


def test_intervals_hold_the_truth_as_often_as_they_say(share_trials):
    found = [relative_lift(share_effect(one)) for one in share_trials((1_000, 1_000), 0.3, -0.03, 1_000)]
    assert 0.93 <= np.mean([one.low <= -0.1 <= one.high for one in found]) <= 0.97


def test_a_holdout_that_may_be_nought_has_no_interval():
    treated = np.arange(1_000) < 900
    lift = relative_lift(numeric_effect(outcome(treated, np.where(np.arange(1_000) % 300 == 0, 9.0, 0.0))))
    assert lift.unbounded and lift.low is None and lift.high is None


def test_a_holdout_of_nought_has_no_lift():
    lift = relative_lift(share_effect(outcome(np.arange(100) < 90, np.arange(100) < 5)))
    assert np.isnan(lift.lift) and lift.unbounded
