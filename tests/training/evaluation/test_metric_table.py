"""The table of metrics: what is measured stands in it, and what follows from it says the same."""

import numpy as np
import pytest

from training.evaluation.metric_table import BY_NAME, CHURN, HIGHER, LOWER, NONE, ONE, TABLE, VALUE, ZERO, names
from training.evaluation.metrics import churn_metrics, value_metrics
from training.evaluation.user_bootstrap import BETTER, WORSE, verdict

RANDOM = np.random.default_rng(0)
CHURNED, RISK, SUM = RANDOM.integers(0, 2, 200), RANDOM.random(200), RANDOM.random(200)
TIER = RANDOM.integers(0, 3, 200)


def test_what_is_measured_is_what_the_table_reports_in_its_order():
    assert tuple(churn_metrics(CHURNED, RISK)) == names(CHURN, "reported")
    assert sorted(value_metrics(SUM, RISK, RISK, TIER, TIER)) == sorted(names(VALUE, "reported"))


def test_none_stands_twice_and_each_is_explained():
    assert len(BY_NAME) == len(TABLE) and all(one.label and one.meaning for one in TABLE)
    assert {one.good for one in TABLE} == {HIGHER, LOWER, ONE, ZERO, NONE}


@pytest.mark.parametrize("one", [one for one in TABLE if one.good == HIGHER], ids=lambda one: one.name)
def test_a_better_prediction_has_more_of_what_is_better_higher(one):
    good = churn_metrics(CHURNED, 0.1 + 0.8 * CHURNED) | value_metrics(SUM, SUM, SUM, TIER, TIER)
    bad = churn_metrics(CHURNED, RISK) | value_metrics(SUM, RISK, RISK, TIER[::-1], TIER)
    assert good[one.name] > bad[one.name]


@pytest.mark.parametrize("one", [one for one in TABLE if one.good == LOWER], ids=lambda one: one.name)
def test_a_better_prediction_has_less_of_what_is_better_lower(one):
    assert churn_metrics(CHURNED, 0.1 + 0.8 * CHURNED)[one.name] < churn_metrics(CHURNED, RISK)[one.name]


@pytest.mark.parametrize("one", [one for one in TABLE if one.good in (HIGHER, LOWER)], ids=lambda one: one.name)
def test_the_verdict_goes_by_what_is_good(one):
    assert verdict(one.name, 0.1, 0.2) == (BETTER if one.good == HIGHER else WORSE)


@pytest.mark.parametrize(("name", "x", "text"), [("auc", 0.71234, "0.7123"), ("actual_sum", 12345.6, "12,346")])
def test_a_figure_is_written_as_the_table_says(name, x, text):
    assert BY_NAME[name].written(x) == text
    assert BY_NAME[name].written(None) == BY_NAME[name].written(float("nan")) == "–"


def test_a_narrow_column_has_the_short_name_where_there_is_one():
    assert (BY_NAME["lift_top_decile"].heading, BY_NAME["auc"].heading) == ("lift", "AUC")
