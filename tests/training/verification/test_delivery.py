import numpy as np
import pytest

from training.verification.arms import outcome
from training.verification.churn_effect import share_effect
from training.verification.delivery import effect_on_treated, overlaps


@pytest.fixture(scope="module")
def effect():
    """Of 2,000 treated half are reached, and only they stay more often: 30 % churn, 20 % when reached."""
    rng, treated = np.random.default_rng(1), np.arange(40_000) < 20_000
    reached = treated & (np.arange(40_000) % 2 == 0)
    return share_effect(outcome(treated, rng.random(40_000) < np.where(reached, 0.2, 0.3)))


def test_the_effect_on_those_reached_is_the_effect_over_the_delivery_rate(effect):
    found = effect_on_treated(effect, reached=10_000)
    assert found.rate == 0.5 and found.low < -0.1 < found.high
    assert found.difference == pytest.approx(2 * effect.difference)
    assert found.high - found.low == pytest.approx(2 * (effect.high - effect.low))


def test_a_holdout_that_was_reached_too_counts(effect):
    assert effect_on_treated(effect, reached=10_000, reached_in_holdout=5_000).rate == 0.25
    nobody = effect_on_treated(effect, reached=5_000, reached_in_holdout=5_000)
    assert (nobody.difference, nobody.low, nobody.high) == (None, None, None)


def test_overlap_names_the_plays_that_reached_one_arm_more():
    found = overlaps({"birthday": (300, 16), "winback": (900, 0), "none": (0, 0)}, (9_500, 500))
    assert [one.play for one in found] == ["winback", "birthday", "none"]
    assert [one.uneven for one in found] == [True, False, False]
    assert found[0].difference == pytest.approx(900 / 9_500) and found[0].low > 0.08
