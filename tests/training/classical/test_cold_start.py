"""A young base: risk and value for everybody, without a label."""

import numpy as np
import pytest

from features.errors import BadInput
from training.classical import btyd, gamma_gamma
from training.classical.cold_start import fit, score


@pytest.fixture(scope="module")
def base():
    """40 days of 3,000 users, a third of whom come once: frequency, recency, age, value."""
    random = np.random.default_rng(0)
    age = random.uniform(1, 40, 3000)
    frequency = random.poisson(random.gamma(0.8, 0.1, 3000) * age).astype(float)
    recency = np.where(frequency > 0, age * random.random(3000), 0)
    price = random.lognormal(3, 0.5, 3000)
    return frequency, recency, age, price * (frequency + 1)


def test_everybody_has_a_risk_and_a_value(base):
    found = score(*base, horizon=14, value_horizon=30)
    assert found.keys() == {"churn_risk", "expected_value"}
    for one in found.values():
        assert one.shape == (3000,) and np.isfinite(one).all() and (one >= 0).all()
    assert (found["churn_risk"] <= 1).all()


def test_it_is_mbgnbd_times_gamma_gamma(base):
    frequency, recency, age, value = base
    params, spent = btyd.fit(frequency, recency, age, "mbgnbd"), gamma_gamma.fit(frequency + 1, value / (frequency + 1))
    found = score(*base, horizon=14, value_horizon=30)
    assert (found["churn_risk"] == btyd.churn_risk(params, frequency, recency, age, 14)).all()
    mean = gamma_gamma.expected_mean(spent, frequency + 1, value / (frequency + 1))
    assert found["expected_value"] == pytest.approx(btyd.expected_times(params, frequency, recency, age, 30) * mean)


def test_silence_is_a_risk_and_a_longer_horizon_a_lower_one(base):
    short, long = (score(*base, horizon=days, value_horizon=days) for days in (7, 28))
    assert (long["churn_risk"] <= short["churn_risk"]).all()
    assert (long["expected_value"] >= short["expected_value"]).all()
    history = [np.r_[column, extra] for column, extra in zip(base, ([5, 5], [39, 20], [40, 40], [60, 60]), strict=True)]
    risk = score(*history, horizon=14, value_horizon=14)["churn_risk"]
    assert risk[-2] < risk[-1]


def test_where_there_are_no_amounts_risk_is_told_and_nobody_is_worth_anything(base):
    found = score(*base[:3], np.zeros(3000), horizon=14, value_horizon=14)
    assert (found["expected_value"] == 0).all()
    assert (found["churn_risk"] == score(*base, horizon=14, value_horizon=14)["churn_risk"]).all()


def test_where_gamma_gamma_cannot_be_fitted_everybody_pays_the_mean_of_all(base):
    history, count = base[:3], base[0] + 1
    one_payer = np.where(np.arange(3000) == 0, 20.0, 0.0)
    for value, mean in ((9.0 * count, 9), (one_payer, 20 / count.sum()), (-count, 0)):
        model = fit(*history, value)
        assert model.money is None and model.mean == pytest.approx(mean, rel=1e-12)
        found = score(*history, value, horizon=14, value_horizon=30)["expected_value"]
        assert found == pytest.approx(mean * btyd.expected_times(model.purchases, *history, 30))


def test_a_base_to_which_nobody_came_back_is_told():
    once = np.zeros(9), np.zeros(9), np.arange(1.0, 10), np.ones(9)
    with pytest.raises(BadInput, match="nobody came twice"):
        score(*once, horizon=7, value_horizon=7)
