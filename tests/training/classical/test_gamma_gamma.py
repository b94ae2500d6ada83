"""Gamma-Gamma: what was put in is found again, and few purchases tell little."""

import numpy as np
import pytest

from features.errors import BadInput
from training.classical import gamma_gamma
from training.classical.gamma_gamma import Params, expected_mean, fit

CDNOW = Params(6.25, 3.74, 15.44, 0.0)  # Fader & Hardie 2013


@pytest.fixture(scope="module")
def drawn():
    """Counts, observed means and true means of 20,000 users drawn with CDNOW's published parameters."""
    random = np.random.default_rng(1)
    count = 1 + random.geometric(0.5, 20_000).astype(float)
    nu = random.gamma(CDNOW.q, 1 / CDNOW.gamma, len(count))
    return count, random.gamma(CDNOW.p * count, 1 / nu) / count, CDNOW.p / nu


def test_the_parameters_that_values_were_drawn_from_are_found_again(drawn):
    found = fit(*drawn[:2])
    assert (found.p, found.q, found.gamma) == pytest.approx((CDNOW.p, CDNOW.q, CDNOW.gamma), rel=0.1)


def test_the_expected_mean_is_that_of_the_users_who_look_alike(drawn):
    count, mean, truth = drawn
    expected = expected_mean(CDNOW, count, mean)
    for part in np.array_split(np.argsort(expected), 10):
        assert expected[part].mean() == pytest.approx(truth[part].mean(), rel=0.03)
    assert np.mean((expected - truth) ** 2) < 0.9 * np.mean((mean - truth) ** 2)


def test_it_lies_between_the_own_mean_and_the_populations():
    population = 6.25 * 15.44 / 2.74
    found = expected_mean(CDNOW, np.array([0, 1, 10, 1e9]), np.array([0, 100, 100, 100]))
    assert found[0] == pytest.approx(population) and found[3] == pytest.approx(100)
    assert population < found[1] < found[2] < 100


@pytest.mark.parametrize(
    "count, mean, expected", [(2, 22.35, 24.66), (1, 11.77, 18.91), (7, 73.74, 71.46), (0, 0, 35.17)]
)
def test_the_published_examples_are_worth_as_much(count, mean, expected):
    # The first users of CDNOW's sample in the manual of lifetimes, whose parameters have more decimals.
    assert expected_mean(CDNOW, np.array([count]), np.array([mean])) == pytest.approx(expected, rel=2e-3)


def test_many_users_have_the_fit_that_few_of_them_lead_to(drawn, monkeypatch):
    one = fit(*drawn[:2])
    monkeypatch.setattr("training.classical.btyd.MANY", 1000)
    monkeypatch.setattr(gamma_gamma, "MANY", 1000)
    other = fit(*drawn[:2])
    assert (other.p, other.q, other.gamma) == pytest.approx((one.p, one.q, one.gamma), rel=1e-4)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-3)


def test_who_was_refunded_everything_is_worth_little_and_not_less_than_nothing():
    assert 0 < expected_mean(CDNOW, np.array([3]), np.array([-50]))[0] < 6.25 * 15.44 / 2.74


def test_the_unit_of_value_does_not_matter(drawn):
    count, mean = drawn[0][:2000], drawn[1][:2000]
    one = fit(count, mean)
    for unit in (1e-4, 1e6):
        other = fit(count, mean * unit)
        assert other.gamma == pytest.approx(one.gamma * unit, rel=1e-4)
        assert expected_mean(other, count, mean * unit) == pytest.approx(expected_mean(one, count, mean) * unit)


def test_users_who_spent_nothing_do_not_count(drawn):
    count, mean = drawn[0][:500], drawn[1][:500]
    nothing = np.array([0.0, 2, 2, 2]), np.array([5.0, 0, -1, np.nan])
    assert fit(np.r_[count, nothing[0]], np.r_[mean, nothing[1]]) == fit(count, mean)


def test_means_too_spread_to_have_a_mean_still_get_one():
    random = np.random.default_rng(0)
    found = fit(np.ones(3000), random.pareto(0.8, 3000) + 0.01)
    assert found.q > 1 and np.isfinite(expected_mean(found, np.array([0, 1]), np.array([0, 1]))).all()


def test_the_slope_is_that_of_the_likelihood():
    x, m, values = np.array([1.0, 2, 30]), np.array([0.5, 1, 3]), np.array([2, 1.5, 0.7])
    slope = gamma_gamma._log_likelihood(*values, x, m)[1]
    for place in range(3):
        step = np.eye(3)[place] * 1e-6
        up, down = (gamma_gamma._log_likelihood(*(values + side * step), x, m)[0] for side in (1, -1))
        assert slope[place] == pytest.approx((up - down) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("count, mean", [([], []), ([1, 2], [0, -3]), ([1, 2, 3], [7, 7, 7])])
def test_too_little_to_tell_from_is_told(count, mean):
    with pytest.raises(BadInput, match="fewer than two different mean values above 0"):
        fit(np.array(count, float), np.array(mean, float))
