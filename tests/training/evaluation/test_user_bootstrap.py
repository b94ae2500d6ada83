"""Intervals and paired differences: right where they can be worked out, and in words that people can act on."""

import time

import numpy as np
import pytest

from training.evaluation.metrics import churn_metrics
from training.evaluation.user_bootstrap import BETTER, METRICS, SAME, UNKNOWN, WORSE, Sample, compare, verdict


def sample(risk, churned=None, user=None, seed=0):
    """Outcomes drawn from ``risk['truth']``, unless given."""
    first = next(iter(risk.values()))
    if churned is None:
        churned = (np.random.default_rng(seed).random(len(first)) < risk["truth"]).astype(float)
    return Sample(np.arange(len(first)) if user is None else user, np.asarray(churned, float), risk)


def noisy(risk, by, seed=1):
    logit = np.log(risk / (1 - risk)) + np.random.default_rng(seed).normal(0, by, len(risk))
    return 1 / (1 + np.exp(-logit))


@pytest.fixture(scope="module")
def truth():
    return np.random.default_rng(0).beta(2, 3, 3000)


@pytest.mark.parametrize("digits", [2, 12], ids=["with ties", "without"])
def test_the_figures_are_those_of_the_evaluation(truth, digits):
    one = sample({"truth": np.round(truth, digits)})
    found = compare([one], "truth", draws=3)
    expected = churn_metrics(one.churned, one.risk["truth"])
    assert found.figures["truth"] == pytest.approx({name: expected[name] for name in METRICS})


@pytest.mark.parametrize("digits", [1, 12], ids=["with ties", "without"])
def test_a_draw_is_measured_as_if_its_users_stood_there_so_often(truth, digits):
    # The weighted figures against those of a table with the rows repeated.
    from training.evaluation.user_bootstrap import _measure, _prepare, resample

    one = sample({"truth": np.round(truth[:200], digits)})
    weights = next(resample(200, 200, 0, 5))
    found = _measure(_prepare(one.churned, one.risk["truth"]), weights)
    assert (weights[:, 0] == 1).all() and (weights.sum(axis=0) == 200).all()
    for draw in range(weights.shape[1]):
        times = weights[:, draw].astype(int)
        expected = churn_metrics(np.repeat(one.churned, times), np.repeat(one.risk["truth"], times))
        assert found[:4, draw] == pytest.approx([expected[name] for name in METRICS[:4]])


def test_an_interval_is_as_wide_as_theory_says(truth):
    one = sample({"truth": truth})
    low, high = compare([one], "truth").intervals["truth"]["brier"]
    loss = (truth - one.churned) ** 2
    assert (low + high) / 2 == pytest.approx(loss.mean(), abs=0.001)
    assert high - low == pytest.approx(2 * 1.96 * loss.std() / len(loss) ** 0.5, rel=0.12)
    low, high = compare([one], "truth").intervals["truth"]["auc"]
    # Hanley & McNeil 1982, whose exponential model is conservative.
    auc, many, few = churn_metrics(one.churned, truth)["auc"], one.churned.sum(), (1 - one.churned).sum()
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (many - 1) * (q1 - auc**2) + (few - 1) * (q2 - auc**2)) / (many * few)
    assert high - low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.2)


def test_intervals_hold_their_truth_about_as_often_as_they_promise():
    # The AUC and log loss of the true risk, known from a large draw; 60 small worlds of 300 users.
    def world(users, seed):
        risk = np.random.default_rng(seed).beta(2, 3, users)
        return sample({"truth": risk}, seed=seed + 1000)

    large = world(400_000, 7)
    held = {"auc": 0, "log_loss": 0}
    expected = churn_metrics(large.churned, large.risk["truth"])
    for seed in range(60):
        found = compare([world(300, seed)], "truth", draws=200).intervals["truth"]
        for name in held:
            held[name] += found[name][0] <= expected[name] <= found[name][1]
    assert all(51 <= count <= 60 for count in held.values()), held


def test_a_better_model_is_called_so_by_all_and_a_worse_one_too(truth):
    one = sample({"truth": truth, "blurred": noisy(truth, 1.0)})
    found = compare([one], "truth").differences["blurred"]
    assert {difference.verdict for difference in found.values()} == {BETTER}
    assert found["auc"].difference > 0 > found["log_loss"].difference
    assert found["auc"].low < found["auc"].difference < found["auc"].high
    mirrored = compare([one], "blurred").differences["truth"]
    assert {difference.verdict for difference in mirrored.values()} == {WORSE}
    assert mirrored["auc"].difference == pytest.approx(-found["auc"].difference)
    assert mirrored["auc"].low == pytest.approx(-found["auc"].high, abs=1e-9)


def test_models_apart_by_noise_alone_are_no_different(truth):
    one = sample({"truth": truth, "a": noisy(truth, 0.1, 1), "b": noisy(truth, 0.1, 2)})
    found = compare([one], "a").differences["b"]
    assert {difference.verdict for difference in found.values()} == {SAME}
    same = compare([sample({"truth": truth, "copy": truth})], "truth").differences["copy"]
    assert all((one.difference, one.low, one.high, one.verdict) == (0, 0, 0, SAME) for one in same.values())


def test_pairing_sees_differences_that_separate_intervals_hide(truth):
    one = sample({"truth": truth, "blurred": noisy(truth, 0.5)})
    found = compare([one], "truth")
    assert found.intervals["truth"]["auc"][0] < found.intervals["blurred"]["auc"][1]  # they overlap
    assert found.differences["blurred"]["auc"].verdict == BETTER


def test_a_calibrated_risk_has_an_interval_around_its_error_not_above(truth):
    found = compare([sample({"truth": truth})], "truth")
    low, high = found.intervals["truth"]["ece"]
    assert 0 <= low < found.figures["truth"]["ece"] < high


def test_of_several_cutoffs_the_figure_is_the_mean_by_users(truth):
    # A jump of the risk between cutoffs would raise an AUC over all rows; who is ranked against whom is one cutoff.
    first, second = sample({"truth": truth[:1000] * 0.3}), sample({"truth": 0.7 + truth[1000:1500] * 0.3}, seed=3)
    found = compare([first, second], "truth", draws=20).figures["truth"]
    one, other = (churn_metrics(each.churned, each.risk["truth"]) for each in (first, second))
    for name in METRICS:
        assert found[name] == pytest.approx((1000 * one[name] + 500 * other[name]) / 1500)


def test_a_users_rows_at_all_cutoffs_are_drawn_together(truth):
    # The same rows at four cutoffs tell no more than at one; rows of other users do.
    one = sample({"truth": truth[:500]})
    again = compare([one] * 4, "truth").intervals["truth"]["brier"]
    others = [sample({"truth": truth[:500]}, one.churned, np.arange(500) + 500 * k) for k in range(4)]
    fresh = compare(others, "truth").intervals["truth"]["brier"]
    alone = compare([one], "truth").intervals["truth"]["brier"]
    assert again[1] - again[0] == pytest.approx(alone[1] - alone[0], rel=0.15)
    assert fresh[1] - fresh[0] == pytest.approx((alone[1] - alone[0]) / 2, rel=0.2)


def test_the_same_seed_gives_the_same_and_another_hardly_another(truth):
    one = sample({"truth": truth, "blurred": noisy(truth, 0.5)})
    first = compare([one], "truth")
    assert compare([one], "truth") == first
    other = compare([one], "truth", seed=1).differences["blurred"]["auc"]
    assert other != first.differences["blurred"]["auc"]
    assert other.low == pytest.approx(first.differences["blurred"]["auc"].low, abs=0.003)


def test_with_one_outcome_alone_what_needs_both_is_not_measured(recwarn):
    risk = {"truth": np.array([0.1, 0.2, 0.3]), "other": np.array([0.3, 0.2, 0.2])}
    found = compare([sample(risk, np.zeros(3))], "truth", draws=50)
    assert np.isnan(found.figures["truth"]["auc"]) and np.isnan(found.intervals["truth"]["auc"]).all()
    words = {name: one.verdict for name, one in found.differences["other"].items()}
    assert words["auc"] == words["average_precision"] == UNKNOWN and words["log_loss"] != UNKNOWN
    assert not recwarn.list


def test_one_user_is_no_error(recwarn):
    compare([sample({"truth": np.array([0.5])}, [1.0])], "truth", draws=20)
    assert not recwarn.list


@pytest.mark.parametrize(
    "metric, low, high, word",
    [
        ("auc", 0.01, 0.02, BETTER),
        ("auc", -0.02, -0.01, WORSE),
        ("log_loss", -0.02, -0.01, BETTER),
        ("log_loss", 0.01, 0.02, WORSE),
        ("brier", -0.01, 0.01, SAME),
        ("ece", 0.0, 0.01, SAME),
        ("auc", float("nan"), 0.1, UNKNOWN),
    ],
)
def test_the_verdict_is_by_whether_nought_lies_within(metric, low, high, word):
    assert verdict(metric, low, high) == word


def test_ten_thousand_users_and_six_models_take_seconds():
    random = np.random.default_rng(0)
    one = sample({"truth": random.random(10_000)} | {f"m{n}": random.random(10_000) for n in range(5)})
    began = time.process_time()
    compare([one], "truth")
    assert time.process_time() - began < 10  # 1 to 2 on a quiet core


def test_of_a_large_base_fewer_draws_are_made(truth):
    from training.evaluation.user_bootstrap import resample

    assert sum(part.shape[1] for part in resample(3, 1_000_000, 0, 500)) == 1 + 100
    assert sum(part.shape[1] for part in resample(3, 200_000, 0, 500)) == 1 + 250
    assert sum(part.shape[1] for part in resample(3, 10, 0, 50)) == 1 + 50
