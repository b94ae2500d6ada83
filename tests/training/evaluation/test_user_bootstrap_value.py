"""Intervals and paired differences of the value figures: the evaluation's, on rows as often as they were drawn."""

import numpy as np
import pytest

from training.evaluation.metrics import value_metrics
from training.evaluation.user_bootstrap import BETTER, SAME, WORSE, resample
from training.evaluation.user_bootstrap_value import METRICS, ValuePrediction, compare_value

USERS = 1500
RANDOM = np.random.default_rng(0)
MEAN = RANDOM.lognormal(0, 1, USERS)
VALUE = np.where(RANDOM.random(USERS) < 0.4, 0.0, MEAN * RANDOM.lognormal(0, 0.7, USERS))
CUTS = (0.0, 1.0, 3.0)


def tier(x):
    return np.searchsorted(CUTS, x, side="left")


def said(expected):
    return ValuePrediction(np.round(expected, 1), expected, tier(expected * 0.8))


GOOD, BAD = said(MEAN * 0.6), said(MEAN * 0.6 * np.random.default_rng(1).lognormal(0, 1.5, USERS))


def expected_figures(value, one):
    found = value_metrics(value, one.rank, one.expected, one.tier, tier(value))
    return [found["spearman"], found["gini"], found["tier_kappa"], found["predicted_sum"] / found["actual_sum"]]


def test_the_figures_are_those_of_the_evaluation():
    found = compare_value(VALUE, tier(VALUE), {"holdfast": GOOD, "bad": BAD}, 4, draws=3)
    for model, one in (("holdfast", GOOD), ("bad", BAD)):
        assert list(found.figures[model].values()) == pytest.approx(expected_figures(VALUE, one))


def test_a_draw_is_measured_as_if_its_users_stood_there_so_often(monkeypatch):
    from training.evaluation import user_bootstrap_value as module

    few = slice(0, 120)
    one = ValuePrediction(GOOD.rank[few], GOOD.expected[few], GOOD.tier[few])
    drawn = []
    monkeypatch.setattr(module, "summarise", lambda ours, models, metrics, found, *_: drawn.append(found))
    compare_value(VALUE[few], tier(VALUE[few]), {"holdfast": one}, 4, draws=5)
    weights = next(resample(120, 120, 0, 5))
    for draw in range(6):
        times = weights[:, draw].astype(int)
        again = ValuePrediction(*(np.repeat(x, times) for x in (one.rank, one.expected, one.tier)))
        assert drawn[0][0, :, draw] == pytest.approx(expected_figures(np.repeat(VALUE[few], times), again))


def test_a_better_model_is_called_so_and_a_copy_no_different():
    found = compare_value(VALUE, tier(VALUE), {"holdfast": GOOD, "bad": BAD, "copy": GOOD}, 4)
    assert {one.verdict for one in found.differences["bad"].values()} == {BETTER}
    assert {one.verdict for one in found.differences["copy"].values()} == {SAME}
    mirrored = compare_value(VALUE, tier(VALUE), {"holdfast": BAD, "good": GOOD}, 4).differences["good"]
    assert {one.verdict for one in mirrored.values()} == {WORSE}
    assert found.differences["bad"].keys() == set(METRICS) - {"sum_ratio"}  # 1 is right: no higher, no lower


def test_the_ratio_of_sums_has_the_interval_of_its_noise():
    found = compare_value(VALUE, tier(VALUE), {"holdfast": GOOD}, 4)
    low, high = found.intervals["holdfast"]["sum_ratio"]
    ratio = found.figures["holdfast"]["sum_ratio"]
    # By the delta method: the spread of expected − ratio · value, over the mean value.
    error = (GOOD.expected - ratio * VALUE).std() / VALUE.mean() / USERS**0.5
    assert low < ratio < high and high - low == pytest.approx(2 * 1.96 * error, rel=0.12)


def test_where_nobody_spent_there_is_nothing_to_measure(recwarn):
    found = compare_value(
        np.zeros(9), np.zeros(9, int), {"holdfast": ValuePrediction(*(np.zeros(9, int),) * 3)}, 4, draws=20
    )
    figures = found.figures["holdfast"]
    assert all(np.isnan(figures[name]) for name in METRICS)
    assert not recwarn.list
