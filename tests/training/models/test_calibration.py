"""A correction is applied only where it helped out of time, and then it is the right one."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy.special import expit, logit

from training.models import boost
from training.models.calibration import (
    Correction,
    far_off,
    fit,
    measure,
    newest_shift,
    plain_correction,
    restore,
    to_rate,
    try_corrections,
)
from training.models.season_shift import Said, shift_to

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
    found = try_corrections(predicted(lambda true: true), MONTH)
    assert found.chosen is None and found.plain()["applied"] is None
    assert {trial.method for trial in found.trials} == {"platt", "isotonic", "shift"}
    assert found.mean("shift") == pytest.approx(0, abs=0.001)
    assert max(map(abs, found.bias.values())) < 0.04 and len(found.bias) == 16


def test_one_that_is_always_wrong_in_one_way_is_corrected():
    # Twice too sure of itself, and too high: Platt has both, a shift only the second.
    found = try_corrections(predicted(lambda true: expit(2 * logit(true) + 1)), MONTH)
    assert found.chosen is not None and found.chosen.method in ("platt", "isotonic")
    risk = np.array([0.05, 0.5, 0.9])
    np.testing.assert_allclose(found.chosen(expit(2 * logit(risk) + 1)), risk, atol=0.03)
    assert found.helped("platt") == found.plain()["cutoffs"] == 12 and found.mean("platt") < -0.05
    assert found.bias[START] > 0.05


def test_one_that_would_make_all_users_alike_is_not_applied():
    # The models told nobody apart: all they can be corrected to is the mean.
    found = try_corrections(predicted(lambda true: 0.9 + 1e-6 * true), MONTH)
    assert found.helped("platt") == found.plain()["cutoffs"]
    assert found.chosen is None or found.chosen.method == "shift"
    assert not Correction("platt", 0.1).gentle and not Correction("isotonic", x=(0, 1), y=(0.2, 0.2)).gentle


def test_what_would_have_helped_before_and_not_after_is_not_applied():
    # The base rate swings: a correction fitted on one side of the swing is wrong on the other.
    found = try_corrections(predicted(lambda true: true, drift=lambda k: 0.8 * np.sin(2 * np.pi * k / 8)), MONTH)
    assert found.chosen is None and found.mean("shift") > 0.01


def test_corrections_learn_only_from_windows_that_had_closed():
    # Wrong from the eleventh cutoff on: no window of it closes before the fifteenth, so nothing can help until then.
    found = try_corrections(predicted(lambda true: true, drift=lambda k: 2.0 * (k >= 10)), MONTH)
    shift = {trial.cutoff: trial.difference for trial in found.trials if trial.method == "shift"}
    assert min(shift) == CUTOFFS[4]
    assert all(abs(shift[at]) < 0.03 for at in CUTOFFS[10:14]) and shift[CUTOFFS[15]] < -0.05


def test_too_few_closed_windows_tell_nothing():
    found = try_corrections(predicted(lambda true: expit(2 * logit(true)), cutoffs=CUTOFFS[:7]), MONTH)
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


# Shifts of the level


def test_a_base_that_moved_for_good_is_shifted_by_its_newest_closed_window():
    # From the fourth cutoff on, churn is higher by far than the models, which never learn it, say.
    found = try_corrections(predicted(lambda true: true, drift=lambda k: 1.5 * (k >= 4)), MONTH)
    at = {trial.cutoff: trial.difference for trial in found.trials if trial.method == "newest"}
    assert min(at) == CUTOFFS[8] and max(at.values()) < -0.05  # the first cutoff by which a moved window had closed
    risk, churned = predicted(lambda true: true, drift=lambda k: 1.5)[CUTOFFS[15]]
    assert newest_shift(risk, churned)(risk).mean() == pytest.approx(churned.mean())
    assert found.total("newest") == pytest.approx(sum(at.values()))


@pytest.mark.parametrize(
    ("said", "came", "users", "far"),
    [
        (0.50, 0.62, 1000, True),
        (0.62, 0.50, 1000, True),
        (0.50, 0.59, 100_000, False),  # certain, and not far
        (0.50, 0.62, 100, False),  # far, and not certain
        (0.50, 0.60, 1_000_000, False),
        (0.0, 0.2, 10, True),
    ],
)
def test_a_bias_is_drift_beyond_ten_points_and_beyond_noise(said, came, users, far):
    assert far_off(said, came, users) is far
    risk, churned = np.full(users, max(said, 1e-6)), np.arange(users) < came * users
    assert (newest_shift(risk, churned * 1.0) is not None) is far


def test_a_swing_that_comes_back_is_not_shifted():
    # Where the base rate swings within two horizons, the newest window's bias points the wrong way at the next one.
    found = try_corrections(predicted(lambda true: true, drift=lambda k: 1.2 * np.cos(np.pi * k / 4)), MONTH)
    assert found.mean("newest") > 0.02 and found.chosen is None


def said(truth, tell, error=0.0):
    """What last year's season said at each cutoff: tell(k, the shift that would have been right)."""
    came = [shift_to(risk, float(churned.mean())) for risk, churned in truth.values()]
    return {at: Said(tell(k, right), error, right) for k, (at, right) in enumerate(zip(truth, came, strict=True))}


def test_last_years_season_is_applied_only_where_it_helped_and_only_todays():
    truth = predicted(lambda true: true, drift=lambda k: 1.0 if k % 8 < 4 else -1.0)
    right, wrong = said(truth, lambda _, came: came), said(truth, lambda _, came: -came)
    today = Said(0.3)
    assert try_corrections(truth, MONTH, right, today).chosen == Correction("season", 1.0, 0.3)
    assert try_corrections(truth, MONTH, right, None).chosen is None
    assert try_corrections(truth, MONTH, wrong, today).chosen is None
    assert try_corrections(truth, MONTH, {}, today).chosen is None  # no past cutoff could try it: nothing for it


def test_before_a_season_it_is_applied_where_it_says_clearly_more_than_it_was_off_by_in_quiet_months():
    # Nothing moves at the past cutoffs, and it said .2 of log-odds too much or too little there: that never pays.
    truth = predicted(lambda true: true)
    off = said(truth, lambda k, came: came + 0.2 * (-1) ** k)
    found = try_corrections(truth, MONTH, off, Said(-0.6))
    assert found.season_off == pytest.approx(0.2) and found.mean("season") > 0
    assert found.chosen == Correction("season", 1.0, pytest.approx(-0.6 * (1 - (0.2 / 0.6) ** 2)))
    assert found.plain()["season_off"] == pytest.approx(0.2) and found.plain()["season_shift"] == -0.6
    assert try_corrections(truth, MONTH, off, Said(-0.39)).chosen is None


def test_to_a_rate_means_that_mean_risk():
    risk = np.linspace(0.01, 0.99, 99)
    assert to_rate(risk, 0.2, "shift")(risk).mean() == pytest.approx(0.2)


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
