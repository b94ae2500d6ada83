"""BG/NBD and MBG/NBD: the published figures, and futures drawn from the models themselves."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaincinv

from features.errors import BadInput
from training.classical import btyd
from training.classical.btyd import Params, alive, churn_risk, expected_times, fit

MODELS = ["bgnbd", "mbgnbd"]
USERS = 20_000
TRUTH = {"r": 0.8, "alpha": 6.0, "a": 0.7, "b": 2.0}


@pytest.fixture(scope="module")
def sample(real_data):
    """The 2,357 users of CDNOW's classical sample: repeat purchases, recency and age in weeks."""
    table = pd.read_csv(real_data / "cdnow" / "sample_summary.csv")
    return [table[name].to_numpy(float) for name in ("frequency", "recency", "T")]


@pytest.fixture(scope="module")
def drawn():
    """drawn(model, horizon): histories of USERS drawn from the model, and the times each came in the horizon after."""

    def draw(model, horizon=26.0):
        random = np.random.default_rng(1)
        rate = random.gamma(TRUTH["r"], 1 / TRUTH["alpha"], USERS)
        leaves = random.beta(TRUTH["a"], TRUTH["b"], USERS)
        age = random.uniform(10, 52, USERS)
        here = random.random(USERS) >= leaves if model == "mbgnbd" else np.ones(USERS, bool)
        at, frequency, recency, later = np.zeros(USERS), np.zeros(USERS), np.zeros(USERS), np.zeros(USERS)
        while here.any():
            at = at + random.exponential(1 / rate)
            before = here & (at < age)
            later += here & (at >= age) & (at < age + horizon)
            frequency, recency = frequency + before, np.where(before, at, recency)
            here = here & (at < age + horizon) & (random.random(USERS) >= leaves)
        return (frequency, recency, age), later

    return draw


def users(*rows):
    return [np.array(column, float) for column in zip(*rows, strict=True)]


# Published figures


def test_bgnbd_has_the_published_parameters_on_cdnow(sample):
    # Fader, Hardie & Lee 2005, table 2.
    found = fit(*sample, "bgnbd")
    assert [round(x, 3) for x in (found.r, found.alpha, found.a, found.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(found.log_likelihood, 1) == -9582.4


def test_mbgnbd_has_the_published_parameters_on_cdnow(sample):
    # BTYDplus, whose figures the tests of lifetimes quote.
    found = fit(*sample, "mbgnbd")
    assert [round(x, 3) for x in (found.r, found.alpha, found.a, found.b)] == [0.525, 6.183, 0.891, 1.614]


def test_the_published_example_is_expected_to_come_again_as_often():
    # Fader, Hardie & Lee 2005, and their spreadsheet: 2 purchases, the last in week 30.43 of 38.86, in the next 39.
    params = Params("bgnbd", 0.243, 4.414, 0.793, 2.426, 0.0)
    assert expected_times(params, *users((2, 30.43, 38.86)), 39) == pytest.approx(1.226, abs=5e-4)


# Against futures drawn from the models


@pytest.mark.parametrize("model", MODELS)
def test_the_parameters_that_histories_were_drawn_from_are_found_again(model, drawn):
    found = fit(*drawn(model)[0], model)
    for name, value in TRUTH.items():
        assert getattr(found, name) == pytest.approx(value, rel=0.15), name


@pytest.mark.parametrize("model", MODELS)
def test_many_users_have_the_fit_that_some_of_them_lead_to(model, drawn, monkeypatch):
    histories, _ = drawn(model)
    one = fit(*histories, model)
    monkeypatch.setattr(btyd, "MANY", 1000)
    other = fit(*histories, model)
    assert (other.r, other.alpha, other.a, other.b) == pytest.approx((one.r, one.alpha, one.a, one.b), rel=1e-4)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-3)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("horizon", [2.0, 26.0, 200.0])
def test_risk_and_times_are_those_of_the_futures_that_were_drawn(model, horizon, drawn):
    histories, later = drawn(model, horizon)
    params = Params(model, *TRUTH.values(), 0.0)
    risk, times = churn_risk(params, *histories, horizon), expected_times(params, *histories, horizon)
    for part in np.array_split(np.argsort(risk, kind="stable"), 10):
        # Four standard errors of a share or a mean.
        gone, error = (later[part] == 0).mean(), 4 * later[part].std() / np.sqrt(len(part))
        assert risk[part].mean() == pytest.approx(gone, abs=4 * np.sqrt(0.25 / len(part)))
        assert times[part].mean() == pytest.approx(later[part].mean(), abs=error + 1e-3)


# Closed form


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "a, b",
    [(0.8, 2.4), (1.0, 2.0), (0.5, 0.5), (1 + 1e-7, 3.0), (1.5, 1.5), (300.0, 3.0), (300.0, 5000.0), (2.0, 1e5)],
)
def test_expected_times_hold_at_poles_and_at_the_far_ends(model, a, b):
    # Against 20,000 equal slices of the chance to leave: slow, but without a closed form.
    params, place = Params(model, 0.7, 0.3, a, b, 0.0), (np.arange(20_000) + 0.5) / 20_000
    for history in [(0, 0, 5), (1, 2, 5), (40, 4.9, 5), (2000, 5, 5)]:
        frequency, here = history[0], alive(params, *users(history))[0]
        p = betaincinv(a, b + params.first + frequency, place)
        for horizon in (0.1, 10, 1000):
            times = np.mean(-np.expm1(-(0.7 + frequency) * np.log1p(p * horizon / 5.3)) / p)
            assert expected_times(params, *users(history), horizon)[0] == pytest.approx(here * times, rel=5e-3)


def test_nobody_is_expected_less_often_than_a_chance_to_come(drawn):
    (frequency, recency, age), _ = drawn("mbgnbd")
    params = Params("mbgnbd", *TRUTH.values(), 0.0)
    come = 1 - churn_risk(params, frequency, recency, age, 26)
    assert (expected_times(params, frequency, recency, age, 26) >= come - 1e-12).all()


# Corner cases


@pytest.mark.parametrize("model", MODELS)
def test_days_and_weeks_give_the_same_probabilities(model, drawn):
    frequency, recency, age = (column[:2000] for column in drawn(model)[0])
    weeks = fit(frequency, recency, age, model)
    for unit in (7, 604_800, 1e-3):
        other = fit(frequency, recency * unit, age * unit, model)
        assert other.alpha == pytest.approx(weeks.alpha * unit, rel=1e-4)
        risk = churn_risk(other, frequency, recency * unit, age * unit, 26 * unit)
        assert risk == pytest.approx(churn_risk(weeks, frequency, recency, age, 26), abs=1e-6)


def test_who_came_once_is_alive_in_bgnbd_and_may_be_gone_in_mbgnbd():
    once = users((0, 0, 1), (0, 0, 100))
    assert alive(Params("bgnbd", 1, 1, 1, 1, 0), *once).tolist() == [1, 1]
    # Odds of having left: a / b · ((alpha + age) / alpha)^r.
    assert alive(Params("mbgnbd", 1, 1, 1, 2, 0), *once) == pytest.approx([1 / (1 + 0.5 * 2), 1 / (1 + 0.5 * 101)])


def test_who_came_just_now_may_have_left_with_this_time_alone():
    for model, odds in (("bgnbd", 1 / (2 + 4 - 1)), ("mbgnbd", 1 / (2 + 4))):
        assert alive(Params(model, 1, 1, 1, 2, 0), *users((4, 9, 9))) == pytest.approx(1 / (1 + odds))


@pytest.mark.parametrize("model", MODELS)
def test_the_very_frequent_neither_overflow_nor_stay_for_ever(model):
    params = Params(model, 0.5, 5, 0.8, 2, 0)
    often = users((100_000, 700, 700), (100_000, 10, 700), (100_000, 0, 700))
    risk, times = churn_risk(params, *often, 7), expected_times(params, *often, 7)
    assert np.isfinite(risk).all() and risk[0] < 1e-4 and risk[1:].tolist() == [1, 1]
    assert 900 < times[0] < 1000 and times[1:].tolist() == [0, 0]


@pytest.mark.parametrize("model", MODELS)
def test_histories_as_uneven_as_those_of_machines_converge(model):
    random = np.random.default_rng(0)
    frequency = np.r_[random.poisson(1, 500), random.integers(1000, 100_000, 5)].astype(float)
    age = random.uniform(1, 30, 505)
    recency = np.where(frequency > 0, age * random.uniform(0, 1, 505), 0)
    found = fit(frequency, recency, age, model)
    risk = churn_risk(found, frequency, recency, age, 7)
    assert np.isfinite(found.log_likelihood) and ((risk >= 0) & (risk <= 1)).all()


def test_a_log_that_nobody_leaves_still_has_a_fit():
    random = np.random.default_rng(0)
    age = np.full(3000, 50.0)
    frequency = random.poisson(10, 3000).astype(float)
    recency = np.where(frequency > 0, 50 * random.random(3000) ** (1 / np.maximum(frequency, 1)), 0)
    found = fit(frequency, recency, age, "bgnbd")
    assert churn_risk(found, frequency, recency, age, 10).mean() == pytest.approx(np.exp(-2), abs=0.02)


def test_the_slope_is_that_of_the_likelihood():
    values, history = np.array([0.5, 0.7, 0.9, 1.5]), users((0, 0, 1), (1, 0.4, 1), (3, 1, 1), (40, 0.9, 1))
    for first in (0, 1):
        slope = btyd._log_likelihood(values, first, *history)[1]
        for place in range(4):
            step = np.eye(4)[place] * 1e-6
            up, down = (btyd._log_likelihood(values + side * step, first, *history)[0] for side in (1, -1))
            assert slope[place] == pytest.approx((up - down) / 2e-6, abs=1e-6)


@pytest.mark.parametrize(
    "rows, message",
    [
        ([(0, 0, 5), (0, 0, 9)], "nobody came twice"),
        ([], "nobody came twice"),
        ([(1, 0, 0), (2, 0, 0)], "every user's age is 0"),
        ([(1, 1, 5), (1, 6, 5)], "user 1 of 2: frequency 1, recency 6, age 5; needs 0 <= recency <= age"),
        ([(1, 1, 5), (0, 2, 5)], "recency 0 where frequency is 0"),
        ([(1, 1, 5), (1, 2, np.nan)], "user 1 of 2"),
    ],
)
def test_what_is_no_history_is_told(rows, message):
    with pytest.raises(BadInput, match=message):
        fit(*(users(*rows) if rows else [np.array([])] * 3))


def test_a_fit_that_does_not_converge_is_told():
    def steep(logs):
        return float("nan"), np.ones_like(logs)

    with pytest.raises(BadInput, match="mbgnbd on 9 users: the fit did not converge"):
        btyd.maximum(steep, [np.zeros(2)], 1.0, "mbgnbd on 9 users")
