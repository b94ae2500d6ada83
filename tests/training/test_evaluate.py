"""The metrics, against scikit-learn's and worked out by hand."""

from math import isnan, log

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    cohen_kappa_score,
    f1_score,
    log_loss,
    roc_auc_score,
)

from training.evaluate import calibration_bins, calibration_error, churn_metrics, gini, spearman, value_metrics


@pytest.fixture(scope="module")
def drawn():
    """Risks, and who churned by them."""
    random = np.random.default_rng(0)
    risk = random.beta(2, 3, 5000)
    return (random.random(5000) < risk).astype(float), risk


# Churn


def test_they_are_those_of_scikit_learn(drawn):
    found = churn_metrics(*drawn)
    assert found["auc"] == pytest.approx(roc_auc_score(*drawn))
    assert found["average_precision"] == pytest.approx(average_precision_score(*drawn))
    assert found["log_loss"] == pytest.approx(log_loss(*drawn))
    assert found["brier"] == pytest.approx(brier_score_loss(*drawn))


def test_four_users_by_hand():
    # In the order of risk: stayed .1, churned .4, stayed .6, churned .9.
    churned, risk = np.array([1, 0, 1, 0]), np.array([0.9, 0.6, 0.4, 0.1])
    found = churn_metrics(churned, risk)
    assert found["auc"] == 3 / 4
    assert found["average_precision"] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert found["log_loss"] == pytest.approx(-(log(0.9) + log(0.4) + log(0.4) + log(0.9)) / 4)
    assert found["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert found["ece"] == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)
    assert found["lift_top_decile"] == 2  # the riskiest one churned, where half do


def test_calibration_compares_groups_of_equal_size():
    churned, risk = np.array([1, 0, 1, 0]), np.array([0.9, 0.6, 0.4, 0.1])
    assert calibration_bins(churned, risk, 2) == [(0.25, 0.5, 2), (0.75, 0.5, 2)]
    assert calibration_error(churned, risk, 2) == 0.25
    # Three users in two groups: the larger one counts twice.
    assert calibration_error(churned[:3], risk[:3], 2) == pytest.approx((2 * abs(0.5 - 0.5) + abs(0.9 - 1)) / 3)


def test_a_calibrated_risk_has_next_to_no_error(drawn):
    assert churn_metrics(*drawn)["ece"] < 0.02
    assert churn_metrics(drawn[0], drawn[1] ** 2)["ece"] > 0.1


def test_the_lift_is_that_of_the_riskiest_tenth(drawn):
    churned, risk = drawn
    assert churn_metrics(churned, risk)["lift_top_decile"] == pytest.approx(
        churned[risk > np.quantile(risk, 0.9)].mean() / churned.mean()
    )


def test_a_certain_and_wrong_prediction_costs_much_but_not_everything():
    found = churn_metrics(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    assert found["log_loss"] == pytest.approx(-log(1e-6) / 2, rel=1e-6)


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_one_outcome_alone_leaves_some_unmeasured(outcome):
    found = churn_metrics(np.full(5, outcome), np.array([0.1, 0.2, 0.3, 0.4, 0.5]))
    unmeasured = {name for name, x in found.items() if isnan(x)}
    assert unmeasured == {"auc", "average_precision", "lift_top_decile"}
    assert found["ece"] == pytest.approx(abs(outcome - 0.3))


def test_one_user_is_no_error():
    assert churn_metrics(np.array([1.0]), np.array([0.7]))["brier"] == pytest.approx(0.09)


# Value


def test_the_perfect_order_has_a_gini_of_one_and_the_reverse_of_minus_one():
    value = np.array([0, 0, 1, 5, 100])
    assert gini(value, value) == 1 == gini(value, np.sqrt(value))
    assert gini(value, -value) == pytest.approx(-1)


def test_a_random_order_has_a_gini_of_nought():
    random = np.random.default_rng(0)
    value = random.lognormal(0, 1, 50_000)
    assert gini(value, random.random(50_000)) == pytest.approx(0, abs=0.02)


def test_the_gini_of_three_users_by_hand():
    # Captured shares 1/4, 1/4, 1 where the best order has 3/4, 1, 1; chance 1/3, 2/3, 1.
    value = np.array([3, 1, 0])
    assert gini(value, np.array([1, 3, 2])) == pytest.approx((1 / 4 + 1 / 4 + 1 - 2) / (3 / 4 + 1 + 1 - 2))


@pytest.mark.parametrize("value", [[0, 0], [-5, 1], [3, 3]], ids=["nothing", "refunds", "all alike"])
def test_there_is_no_gini_where_there_is_nothing_to_order(value):
    assert isnan(gini(np.array(value), np.array([1, 2])))


def test_ranks_agree_or_not():
    a = np.array([1, 2, 2, 9])
    assert spearman(a, a**3) == pytest.approx(1) and spearman(a, -a) == pytest.approx(-1)
    assert spearman(np.array([1, 2, 3]), np.array([1, 3, 2])) == pytest.approx(0.5)
    assert isnan(spearman(a, np.ones(4))) and isnan(spearman(np.array([1]), np.array([1])))


def test_rank_amount_and_tier_are_measured_each_by_its_own():
    value, rank = np.array([0, 2, 4, 10]), np.array([0.1, 0.2, 0.3, 0.4])
    amount, tier, actual = np.array([9, 6, 3, 0]), np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2])
    found = value_metrics(value, rank, amount, tier, actual)
    assert found["spearman"] == pytest.approx(1) and found["gini"] == pytest.approx(-1)
    assert (found["predicted_sum"], found["actual_sum"]) == (18, 16)
    assert found["tier_macro_f1"] == pytest.approx(f1_score(actual, tier, average="macro"))
    assert found["tier_macro_f1"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert found["tier_kappa"] == pytest.approx(cohen_kappa_score(actual, tier, weights="quadratic"))


def test_without_tiers_there_is_no_figure_for_them():
    found = value_metrics(np.array([0, 2]), np.array([0, 1]), np.array([0, 1]))
    assert found["tier_macro_f1"] is found["tier_kappa"] is None


def test_one_tier_alone_leaves_its_kappa_unmeasured(recwarn):
    found = value_metrics(np.zeros(3), np.arange(3), np.arange(3), np.zeros(3, int), np.zeros(3, int))
    assert isnan(found["tier_kappa"]) and isnan(found["spearman"]) and isnan(found["gini"])
    assert not recwarn.list  # nor does scikit-learn tell the person about it
