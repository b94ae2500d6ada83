import numpy as np
import pytest

from features.errors import BadInput
from training.verification.arms import Outcome, Sums, arms, outcome
from training.verification.effect import adjusted, capped_value_effect, normal_quantile, numeric_effect, value_effect


@pytest.fixture(scope="module")
def users():
    rng, n = np.random.default_rng(1), 400
    treated, x = np.arange(n) < 300, rng.normal(size=n)
    return treated, 2 * x + 0.5 * treated + rng.normal(size=n), x


def test_the_interval_is_that_of_least_squares(users):
    treated, y, x = users
    matrix = np.column_stack([np.ones(len(y)), treated, x])
    line, rest, *_ = np.linalg.lstsq(matrix, y, rcond=None)
    error = np.sqrt(rest[0] / (len(y) - 3) * np.linalg.inv(matrix.T @ matrix)[1, 1])
    effect = numeric_effect(outcome(treated, y, x))
    assert effect.difference == pytest.approx(line[1])
    assert (effect.high - effect.low) / 2 == pytest.approx(1.96597 * error, rel=1e-4)  # t of 397 degrees of freedom
    assert effect.treatment - effect.holdout == pytest.approx(effect.difference)
    assert effect.variance_removed == pytest.approx(0.8, abs=0.05)


def test_without_a_covariate_it_is_students_t(users):
    treated, y, _ = users
    effect = numeric_effect(outcome(treated, y))
    assert effect.difference == pytest.approx(y[treated].mean() - y[~treated].mean())
    assert effect.variance_removed == 0 and effect.observed == pytest.approx((effect.treatment, effect.holdout))


def test_a_higher_level_is_a_wider_interval(users):
    wide, narrow = (numeric_effect(outcome(*users), level) for level in (0.999, 0.9))
    assert wide.low < narrow.low < narrow.high < wide.high and wide.level == 0.999
    assert wide.standard_error == pytest.approx(narrow.standard_error, rel=0.01)


@pytest.mark.parametrize("sizes", [(200, 200), (950, 50)])
def test_intervals_of_value_hold_the_truth_as_often_as_they_say(value_trials, sizes):
    found = [numeric_effect(one) for one in value_trials(sizes, 1.0, 1_500)]
    assert 0.935 <= np.mean([one.low <= 0 <= one.high for one in found]) <= 0.965


def clustered(rng, clusters, by_cluster):
    """Twenty-five users each, intraclass correlation .05."""
    cluster = np.repeat(np.arange(clusters), 25)
    y = np.repeat(rng.normal(size=clusters) * np.sqrt(0.05), 25) + rng.normal(size=len(cluster)) * np.sqrt(0.95)
    treated = np.repeat(rng.permutation(clusters) % 2 == 0, 25) if by_cluster else rng.random(len(cluster)) < 0.5
    return treated, y, cluster


@pytest.mark.parametrize("by_cluster", [True, False])
def test_clusters_are_not_taken_for_so_many_users(by_cluster):
    rng = np.random.default_rng(2)
    trials = [clustered(rng, 60, by_cluster) for _ in range(1_000)]
    found = [numeric_effect(outcome(treated, y, cluster=cluster)) for treated, y, cluster in trials]
    assert 0.03 <= np.mean([one.proven for one in found]) <= 0.07
    assert np.mean([one.design_effect for one in found]) == pytest.approx(2.2 if by_cluster else 1.0, abs=0.1)
    if by_cluster:
        ignored = np.mean([numeric_effect(outcome(treated, y)).proven for treated, y, _ in trials])
        assert ignored > 0.12  # so the column matters


def test_capped_value_is_narrower_where_few_spend_most():
    rng, n = np.random.default_rng(4), 4_000
    value = rng.lognormal(1, 2, n)
    treated = np.arange(n) % 10 > 0
    found = arms(treated, value > 9, value, np.full(n, 0.3), np.ones(n), cap=float(np.quantile(value, 0.99)))
    whole, capped = value_effect(found), capped_value_effect(found)
    assert capped.high - capped.low < 0.7 * (whole.high - whole.low)
    assert capped_value_effect(arms(treated, value > 9, value, np.full(n, 0.3), np.ones(n))) is None


def test_an_empty_arm_and_too_few_clusters_are_told():
    with pytest.raises(BadInput, match="0 in holdout"):
        adjusted(Outcome(Sums(9, 1.0, 1.0), Sums(0, 0.0, 0.0)))
    with pytest.raises(BadInput, match="2 clusters"):
        numeric_effect(outcome(np.arange(6) < 3, np.arange(6.0), cluster=np.arange(6) % 2))


def test_a_quantile_next_to_one_keeps_its_digits():
    assert normal_quantile(0.95) == pytest.approx(1.959964)
    assert normal_quantile(1 - 2e-12) == pytest.approx(7.034, abs=0.01)
