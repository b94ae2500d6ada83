"""What a model has to beat: plain rules, on the same rows."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from features.user_base import UserBase
from training.classical import btyd, cold_start
from training.classical.purchase_history import Histories, histories
from training.evaluation.baselines import (
    churn_baselines,
    matched_tiers,
    no_dropout,
    past_spend,
    purchase_baselines,
    rfm_columns,
)

COUNT = 2000


@pytest.fixture(scope="module")
def halves(rows_of):
    """Two draws of one base: silence and frequency decide who leaves, and some have never spent."""

    def draw(seed):
        random = np.random.default_rng(seed)
        silence, count = random.exponential(30, COUNT), random.poisson(3, COUNT)
        gone = random.random(COUNT) < 1 / (1 + np.exp(count - silence / 10))
        amount = np.where(count > 0, random.lognormal(3, 1, COUNT), np.nan)
        refunds = random.normal(0, 50, COUNT)
        return rows_of(
            churned=gone, days_since_active=silence, active_total=count,
            order_amount_mean=amount, order_amount_30d=refunds, unused=gone,
        )  # fmt: skip

    return draw(0), draw(1)


def test_every_baseline_orders_the_users_and_more_columns_tell_more(config_of, halves):
    train, test = halves
    risk = churn_baselines(config_of(), train, test)
    assert risk.keys() == {"recency", "logistic", "histgb"}
    auc = {name: roc_auc_score(test.churned, one) for name, one in risk.items()}
    assert 0.6 < auc["recency"] < auc["logistic"] < 1 and 0.6 < auc["histgb"] < 1
    for one in risk.values():
        assert one.shape == (COUNT,) and ((one >= 0) & (one <= 1)).all()
        assert one.mean() == pytest.approx(test.churned.mean(), abs=0.05)


def test_recency_is_a_logistic_regression_on_days_since_the_last_activity(config_of, halves):
    train, test = halves
    scaler, model = StandardScaler(), LogisticRegression(max_iter=1000)
    days = [np.log1p(rows.features["days_since_active"])[:, None] for rows in halves]
    expected = model.fit(scaler.fit_transform(days[0]), train.churned).predict_proba(scaler.transform(days[1]))[:, 1]
    assert churn_baselines(config_of(), train, test)["recency"] == pytest.approx(expected)


def test_they_are_the_same_each_time(config_of, halves):
    one, two = (churn_baselines(config_of(), *halves) for _ in range(2))
    assert all((one[name] == two[name]).all() for name in one)


@pytest.mark.parametrize("gone", [0, 1])
def test_where_all_went_one_way_they_say_so(config_of, halves, rows_of, gone):
    train = rows_of(churned=[gone, gone], days_since_active=[1, 2])
    assert all((risk == gone).all() for risk in churn_baselines(config_of(), train, halves[1]).values())


def test_the_plain_columns_are_those_that_the_tables_allow(config_of, system):
    names = rfm_columns(config_of(), system.result.test.features)
    assert names[:3] == ["days_since_active", "tenure_days", "active_total"]
    assert {"active_count_30d", "active_count_120d", "order_amount_total", "order_amount_15d", "event_value_60d"} <= {
        *names
    }
    assert len(names) == len(set(names)) == 3 + 4 + 4 + 2 * 4
    assert rfm_columns(config_of(), {"active_total": [], "days_since_active": []}) == names[:3:2]


@pytest.mark.parametrize(
    "total, column, tables",
    [
        ("orders.amount", "order_amount_120d", ("orders", "events")),
        ("events.value", "event_value_120d", ("events",)),
        ("events", "event_count_120d", ("events",)),
    ],
)
def test_past_spend_goes_on_as_over_the_last_four_horizons(config_of, rows_of, total, column, tables):
    rows = rows_of(**{column: [0, 120, -60], "other_120d": [9, 9, 9]})
    config = config_of(tables, value={"sum": total, "horizon_days": 60})
    assert past_spend(config, rows).tolist() == [0, 60, -30]


def test_past_spend_reads_a_feature_that_is_built(system):
    found = past_spend(system.config, system.result.test)
    assert np.isfinite(found).all() and found.mean() > 1


def test_the_purchase_models_are_fitted_on_everybody_and_asked_for_the_eligible(system):
    config, test = system.config, system.result.test
    everybody = histories(UserBase(config, system.con, system.tables), system.result.as_of)
    risk, value = purchase_baselines(config, everybody, test)
    assert risk.keys() == {"bgnbd", "mbgnbd"} and value.keys() == {"gamma_gamma"}
    history, place = (everybody.frequency, everybody.recency, everybody.age), everybody.places(test.user_id)
    assert len(place) == len(test) < len(everybody.age)
    params = btyd.fit(*history, "bgnbd")
    assert (risk["bgnbd"] == btyd.churn_risk(params, *history, config.horizon)[place]).all()
    scores = cold_start.score(*history, everybody.value, config.horizon, config.value_horizon)
    assert (risk["mbgnbd"] == scores["churn_risk"][place]).all()
    assert (value["gamma_gamma"] == scores["expected_value"][place]).all()
    assert roc_auc_score(test.churned, risk["mbgnbd"]) > 0.6 and risk["mbgnbd"].std() > 0.05


def test_purchase_models_that_cannot_be_fitted_are_left_out(config_of, rows_of):
    once = Histories(pa.chunked_array([[0, 1]]), np.zeros(2), np.zeros(2), np.array([3.0, 9]), np.ones(2))
    assert purchase_baselines(config_of(), once, rows_of(churned=[0, 1])) == ({}, {})


def test_two_models_that_say_the_same_to_all_digits_found_no_dropout():
    risk = np.array([0.12341, 0.5])
    assert no_dropout({"bgnbd": risk, "mbgnbd": risk + 4e-5}) and not no_dropout({"bgnbd": risk, "mbgnbd": risk + 1e-3})
    assert not no_dropout({"bgnbd": risk}) and not no_dropout({})


def test_a_baseline_is_cut_into_tiers_of_the_same_shares_whatever_its_amounts():
    like = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 3])
    value = np.array([5.0, 1, 9, 2, 8, 3, 7, 4, 6, 10])
    assert matched_tiers(value, like).tolist() == [1, 0, 2, 0, 2, 0, 1, 0, 1, 3]
    assert matched_tiers(value / 1000, like).tolist() == matched_tiers(value, like).tolist()


def test_users_of_one_value_are_on_one_tier():
    assert matched_tiers(np.array([0.0, 0, 0, 0, 5, 6]), np.array([0, 0, 1, 1, 2, 3])).tolist() == [0, 0, 0, 0, 2, 3]
    assert matched_tiers(np.zeros(0), np.zeros(0, dtype=int)).tolist() == []
