import numpy as np
import pytest

from features.statistics import difference_interval
from training.verification.arms import arms, outcome
from training.verification.churn_effect import churn_effect, share_effect


def test_without_a_covariate_it_is_newcombes_interval():
    treated, y = np.arange(150) < 70, np.concatenate([np.arange(70) < 56, np.arange(80) < 48])
    effect = share_effect(outcome(treated, y))
    low, high = difference_interval(56, 70, 48, 80, 0.95)
    assert (effect.low, effect.high) == pytest.approx((low, high), abs=2e-3)  # t in place of the normal quantile
    assert (effect.treatment, effect.holdout, effect.difference) == pytest.approx((0.8, 0.6, 0.2))


@pytest.mark.parametrize("sizes", [(200, 200), (950, 50)])
@pytest.mark.parametrize("churn", [0.1, 0.7])
def test_intervals_hold_the_truth_as_often_as_they_say(share_trials, sizes, churn):
    found = [share_effect(one) for one in share_trials(sizes, churn, -0.03, 1_000)]
    assert 0.93 <= np.mean([one.low <= -0.03 <= one.high for one in found]) <= 0.98


def test_a_risk_that_knows_something_narrows_the_interval():
    rng, n = np.random.default_rng(1), 6_000
    risk, treated = rng.random(n), np.arange(n) < n / 2
    churned = rng.random(n) < risk
    sharp, blunt = (churn_effect(arms(treated, churned, ~churned, x, np.ones(n))) for x in (risk, np.full(n, 0.5)))
    assert sharp.variance_removed == pytest.approx(1 / 3, abs=0.04) and blunt.variance_removed == 0
    narrower = (sharp.high - sharp.low) / (blunt.high - blunt.low)
    assert narrower == pytest.approx(np.sqrt(2 / 3), abs=0.03)


def test_an_imbalance_of_risk_is_taken_off():
    rng, n = np.random.default_rng(2), 20_000
    risk = rng.random(n)
    treated = rng.random(n) < 0.3 + 0.2 * risk  # the riskier were treated more often
    effect = share_effect(outcome(treated, rng.random(n) < risk, risk))
    assert effect.observed[0] - effect.observed[1] > 0.05 and effect.low < 0 < effect.high


@pytest.mark.parametrize("churned", [0, 1])
def test_arms_without_any_event_still_have_an_interval(churned):
    effect = share_effect(outcome(np.arange(100) < 90, np.full(100, churned)))
    assert effect.low < 0 < effect.high and effect.low >= -1 and effect.high <= 1 and not effect.proven


def test_clusters_widen_it():
    rng, cluster = np.random.default_rng(3), np.repeat(np.arange(80), 25)
    churned = rng.random(2_000) < np.repeat(rng.choice([0.1, 0.5], 80), 25)
    treated = cluster % 2 == 0
    alone, together = share_effect(outcome(treated, churned)), share_effect(outcome(treated, churned, cluster=cluster))
    assert together.design_effect > 3
    wider = (together.high - together.low) / (alone.high - alone.low)
    assert wider == pytest.approx(np.sqrt(together.design_effect), rel=0.05)
