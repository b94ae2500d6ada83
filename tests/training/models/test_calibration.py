"""A correction is applied only where it helped out of time, and then it is the right one."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy.special import expit, logit

from training.models import boost
from training.models.calibration import (
    Correction,
    fit,
    measure,
    plain_correction,
    restore,
    seasonal_rate,
    to_rate,
    try_corrections,
)

DAYS = timedelta(days=1)
MONTH = 30 * DAYS
START = datetime(2024, 1, 1)
CUTOFFS = [START + 7.5 * DAYS * k for k in range(16)]


def predicted(risk, users=2000, cutoffs=CUTOFFS, drift=lambda k: 0.0):
    """By cutoff: what a model says, ``risk`` of the true probability, and what came. drift: of the true log-odds."""
    found = {}
    for k, at in enumerate(cutoffs):
        rng = np.random.default_rng(k)
        true = expit(rng.normal(0, 1.5, users))
        churned = (rng.random(users) < expit(logit(true) + drift(k))) * 1.0
        found[at] = (risk(true), churned)
    return found


def test_a_model_that_is_right_is_left_alone():
    found = try_corrections(predicted(lambda true: true), {}, MONTH)
    assert found.chosen is None and found.plain()["applied"] is None
    assert {trial.method for trial in found.trials} == {"platt", "isotonic", "shift"}
    assert found.mean("shift") == pytest.approx(0, abs=0.001)
    assert max(map(abs, found.bias.values())) < 0.04 and len(found.bias) == 16


def test_one_that_is_always_wrong_in_one_way_is_corrected():
    # Twice too sure of itself, and too high: Platt has both, a shift only the second.
    found = try_corrections(predicted(lambda true: expit(2 * logit(true) + 1)), {}, MONTH)
    assert found.chosen is not None and found.chosen.method in ("platt", "isotonic")
    risk = np.array([0.05, 0.5, 0.9])
    np.testing.assert_allclose(found.chosen(expit(2 * logit(risk) + 1)), risk, atol=0.03)
    assert found.helped("platt") == found.plain()["cutoffs"] == 12 and found.mean("platt") < -0.05
    assert found.bias[START] > 0.05


def test_one_that_would_make_all_users_alike_is_not_applied():
    # The models told nobody apart: all they can be corrected to is the mean.
    found = try_corrections(predicted(lambda true: 0.9 + 1e-6 * true), {}, MONTH)
    assert found.helped("platt") == found.plain()["cutoffs"]
    assert found.chosen is None or found.chosen.method == "shift"
    assert not Correction("platt", 0.1).gentle and not Correction("isotonic", x=(0, 1), y=(0.2, 0.2)).gentle


def test_what_would_have_helped_before_and_not_after_is_not_applied():
    # The base rate swings: a correction fitted on one side of the swing is wrong on the other.
    found = try_corrections(predicted(lambda true: true, drift=lambda k: 0.8 * np.sin(2 * np.pi * k / 8)), {}, MONTH)
    assert found.chosen is None and found.mean("shift") > 0.01


def test_corrections_learn_only_from_windows_that_had_closed():
    # Wrong from the eleventh cutoff on: no window of it closes before the fifteenth, so nothing can help until then.
    found = try_corrections(predicted(lambda true: true, drift=lambda k: 2.0 * (k >= 10)), {}, MONTH)
    shift = {trial.cutoff: trial.difference for trial in found.trials if trial.method == "shift"}
    assert min(shift) == CUTOFFS[4]
    assert all(abs(shift[at]) < 0.03 for at in CUTOFFS[10:14]) and shift[CUTOFFS[15]] < -0.05


def test_too_few_closed_windows_tell_nothing():
    found = try_corrections(predicted(lambda true: expit(2 * logit(true)), cutoffs=CUTOFFS[:7]), {}, MONTH)
    assert found.chosen is None and found.plain()["cutoffs"] == 3 and found.helped("platt") == 3


# Each correction


@pytest.mark.parametrize("method", ["platt", "isotonic", "shift"])
def test_each_finds_a_shift_and_keeps_the_order(method):
    risk, churned = predicted(lambda true: expit(logit(true) - 1), 20_000, CUTOFFS[:1])[START]
    correction = fit(method, risk, churned)
    after = correction(risk)
    assert after.mean() == pytest.approx(churned.mean(), abs=0.005) and (np.diff(after[np.argsort(risk)]) >= 0).all()
    assert correction(np.array([0.0, 1.0])).tolist() == pytest.approx([0, 1], abs=0.02)
    assert restore(plain_correction(correction)) == correction


@pytest.mark.parametrize("method", ["platt", "isotonic", "shift"])
def test_where_all_ended_alike_nothing_is_corrected(method):
    risk = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(fit(method, risk, np.ones(3))(risk), risk)


def test_none_is_kept_as_nothing():
    assert plain_correction(None) is None and restore(None) is None
    assert restore({"method": "isotonic", "x": [0, 1], "y": [0, 1], "slope": 1, "intercept": 0}) == Correction(
        "isotonic", 1, 0, (0, 1), (0, 1)
    )


# The same season a year before


def test_the_rate_of_the_season_is_forecast_from_a_year_before():
    year = 365.25 * DAYS
    rates = {START: 0.5, START + 60 * DAYS: 0.2, START + year: 0.6}
    # A year on, churn is higher by as much as from .5 to .6 in log-odds; in two months that of the quiet season.
    assert seasonal_rate(rates, START + year + 60 * DAYS, MONTH) == pytest.approx(expit(logit(0.2) + logit(0.6)))
    assert seasonal_rate(rates, START + year + 30 * DAYS, MONTH) is None  # nothing known near a year before
    assert seasonal_rate({START: 0.5}, START + year, MONTH) is None and seasonal_rate({}, START, MONTH) is None


def test_a_season_that_returns_is_measured():
    # 28 months, churn swinging over the year; the model knows nothing of it.
    cutoffs = [START + 30.4375 * DAYS * k for k in range(28)]
    found = predicted(lambda true: true, 4000, cutoffs, lambda k: 0.8 * np.cos(2 * np.pi * k / 12))
    rates = {at: float(churned.mean()) for at, (_, churned) in found.items()}
    answer = try_corrections(found, rates, MONTH)
    assert answer.mean("season") < -0.02 and answer.mean("season") < answer.mean("shift")
    assert answer.chosen is None  # it is never applied


def test_to_a_rate_means_that_mean_risk():
    risk = np.linspace(0.01, 0.99, 99)
    assert to_rate(risk, 0.2)(risk).mean() == pytest.approx(0.2)


# On training rows


@pytest.fixture
def tried(rows_of):
    """tried(cutoffs): the calibration measured on rows of so many cutoffs, a quarter of a month apart."""

    def make(count, users=300):
        rng = np.random.default_rng(6)
        x = rng.normal(size=count * users)
        churned = rng.random(count * users) < expit(1.5 * x)
        at = np.repeat(np.arange(count), users)
        rows = rows_of(churned=churned, cutoff=at, cutoffs=[START + 7.5 * DAYS * k for k in range(count)], x=x)
        matrix = rows.matrix(["x"])
        return measure(rows, boost.dataset(matrix, ["x"]), matrix, MONTH, seed=7, threads=1)

    return make


def test_models_of_what_had_closed_predict_at_every_second_later_cutoff(tried):
    found = tried(24)
    # The first is trained on eight cutoffs, the last at 7: it predicts at 11, and from 15 on corrections are tried.
    assert list(found.bias) == [START + 7.5 * DAYS * k for k in range(11, 24, 2)]
    assert len({trial.cutoff for trial in found.trials}) == 5


@pytest.mark.parametrize("count", [1, 4, 11])
def test_few_cutoffs_are_not_enough_to_tell(tried, count):
    found = tried(count)
    assert (found.trials, found.chosen) == ((), None) and found.plain()["cutoffs"] == 0
