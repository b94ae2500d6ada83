"""The metrics, against scikit-learn's and worked out by hand."""

from math import isnan, log

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    cohen_kappa_score,
    f1_score,
    log_loss,
    roc_auc_score,
)

from training.evaluation.metrics import (
    Tenth,
    ValueTenth,
    calibration_bins,
    calibration_error,
    calibration_line,
    churn_metrics,
    figure_text,
    gains,
    gini,
    spearman,
    tier_confusion,
    value_metrics,
    value_tenths,
)


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
    needs_both = {"auc", "average_precision", "calibration_slope", "calibration_intercept", "lift_top_decile"}
    assert unmeasured == needs_both
    assert found["ece"] == pytest.approx(abs(outcome - 0.3))


def test_one_user_is_no_error():
    assert churn_metrics(np.array([1.0]), np.array([0.7]))["brier"] == pytest.approx(0.09)


# Calibration line


def test_the_calibration_line_is_the_logistic_regression_of_the_outcome_on_the_logit(drawn):
    churned, risk = drawn
    logit = np.log(risk / (1 - risk))
    for bent in (logit, 2 * logit - 1, 0.3 * logit + 2):
        fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(bent[:, None], churned)
        found = calibration_line(churned, 1 / (1 + np.exp(-bent)))
        assert found == pytest.approx((fitted.coef_[0, 0], fitted.intercept_[0]), abs=1e-4)


def test_a_risk_that_is_too_sure_has_a_slope_below_one(drawn):
    churned, risk = drawn
    logit = np.log(risk / (1 - risk))
    slope, intercept = calibration_line(churned, risk)
    assert slope == pytest.approx(1, abs=0.06) and intercept == pytest.approx(0, abs=0.1)
    assert calibration_line(churned, 1 / (1 + np.exp(-2 * logit)))[0] == pytest.approx(slope / 2)
    assert calibration_line(churned, 1 / (1 + np.exp(1 - logit)))[1] == pytest.approx(intercept + slope)


def test_far_off_risks_have_a_line_too():
    # Some classical models say 0 or 1: Newton's plain step would leap away.
    churned = np.array([1, 0, 1, 0, 1, 0, 1, 1.0])
    slope, intercept = calibration_line(churned, np.array([0, 0, 0.001, 0.5, 0.6, 1, 1, 1]))
    assert 0 < slope < 0.2 and abs(intercept) < 1


@pytest.mark.parametrize("risk", [[0.3, 0.3, 0.3, 0.3], [0.9, 0.8, 0.2, 0.1], [0.1, 0.2, 0.8, 0.9]])
def test_there_is_no_line_through_a_constant_or_an_errorless_risk(risk, recwarn):
    assert all(isnan(x) for x in calibration_line(np.array([1, 1, 0, 0]), np.array(risk)))
    assert not recwarn.list


# Lift and gains


def test_gains_by_hand():
    churned, risk = np.array([1, 0, 1, 0, 0]), np.array([0.9, 0.6, 0.4, 0.1, 0.2])
    assert gains(churned, risk, 2) == [
        Tenth(3, pytest.approx(1.9 / 3), pytest.approx(2 / 3), pytest.approx(5 / 3), 1.0),
        Tenth(2, pytest.approx(0.15), 0.0, 0.0, 1.0),
    ]


def test_the_first_tenth_has_the_lift_of_the_metrics_and_the_last_has_found_everybody(drawn):
    table = gains(*drawn)
    assert len(table) == 10 and sum(tenth.users for tenth in table) == 5000
    assert table[0].lift == pytest.approx(churn_metrics(*drawn)["lift_top_decile"])
    assert table[-1].found == 1 and [tenth.found for tenth in table] == sorted(tenth.found for tenth in table)


def test_few_users_make_few_parts_and_where_nobody_churned_nobody_is_found():
    table = gains(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    assert [tenth.users for tenth in table] == [1, 1, 1] and isnan(table[0].lift) and isnan(table[0].found)


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


def test_expected_and_actual_value_by_hand():
    found = value_tenths(np.array([0, 10, 2, 4]), np.array([1, 8, 3, 2]), 2)
    assert found == [ValueTenth(2, 1.5, 2.0), ValueTenth(2, 5.5, 6.0)]


def test_the_confusion_has_what_was_in_rows_and_what_was_said_in_columns():
    found = tier_confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert found.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_without_tiers_there_is_no_figure_for_them():
    found = value_metrics(np.array([0, 2]), np.array([0, 1]), np.array([0, 1]))
    assert found["tier_macro_f1"] is found["tier_kappa"] is None


def test_one_tier_alone_leaves_its_kappa_unmeasured(recwarn):
    found = value_metrics(np.zeros(3), np.arange(3), np.arange(3), np.zeros(3, int), np.zeros(3, int))
    assert isnan(found["tier_kappa"]) and isnan(found["spearman"]) and isnan(found["gini"])
    assert not recwarn.list  # nor does scikit-learn tell the person about it


def test_a_figure_that_was_not_measured_is_a_dash():
    shown = {0.12345: "0.1235", -1: "-1.0000", None: "–", float("nan"): "–", float("inf"): "–"}
    assert [figure_text(x) for x in shown] == list(shown.values())
