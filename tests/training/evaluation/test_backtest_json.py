"""The backtest as plain data: the schema that other programs read, and JSON whatever could not be measured."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from training.evaluation.backtest_json import report
from training.evaluation.metrics import gains
from training.evaluation.user_bootstrap import METRICS

CHURN = {"auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile"}
CHURN |= {"calibration_slope", "calibration_intercept"}
VALUE = {"spearman", "gini", "predicted_sum", "actual_sum", "tier_macro_f1", "tier_kappa"}
MODELS = {"holdfast", "recency", "logistic", "histgb", "bgnbd", "mbgnbd"}
CUTOFF = {"as_of", "horizon_days", "users", "share", "churn_rate", "models", "value"}  # step 1's; the rest came later
CUTOFF |= {
    "intervals",
    "differences",
    "value_intervals",
    "value_differences",
    "gains",
    "value_tenths",
    "tier_confusion",
    "slices",
    "drift",
    "warnings",
    "no_dropout",
}
SLICE = {"by", "group", "users", "churned", "risk", "auc", "log_loss", "value_predicted", "value_actual"}


@pytest.fixture(scope="module")
def found(system):
    """The report, through JSON and back."""
    return json.loads(json.dumps(report(system.config, system.results), allow_nan=False))


def test_the_report_has_the_schema_that_others_read(found, system):
    assert found.keys() == {"config_hash", "cutoffs", "pooled"} and found["config_hash"] == system.config.hash()
    assert len(found["cutoffs"]) == 2
    for one, result in zip(found["cutoffs"], system.results, strict=True):
        assert one.keys() == CUTOFF
        assert datetime.fromisoformat(one["as_of"]) == result.as_of
        assert (one["horizon_days"], one["users"]) == (30, len(result.test))
        assert one["churn_rate"] == result.test.churned.mean()
        assert one["models"].keys() == MODELS
        assert one["value"].keys() == {"holdfast", "past_spend", "gamma_gamma"}
        assert all(metrics.keys() == CHURN for metrics in one["models"].values())
        assert all(metrics.keys() == VALUE for metrics in one["value"].values())
        assert one["models"] == result.churn and one["value"] == result.value


def test_intervals_and_differences_stand_beside_the_figures(found):
    for one in [*found["cutoffs"], found["pooled"]]:
        assert one["intervals"].keys() == MODELS and one["differences"].keys() == MODELS - {"holdfast"}
        for model, metrics in one["intervals"].items():
            assert tuple(metrics) == METRICS
            assert all(low <= one["models"][model][name] <= high for name, (low, high) in metrics.items())
        for model, metrics in one["differences"].items():
            apart = one["models"]["holdfast"]["auc"] - one["models"][model]["auc"]
            assert metrics["auc"]["difference"] == pytest.approx(apart)
            assert metrics["auc"].keys() == {"difference", "low", "high", "verdict"}
            assert {each["verdict"] for each in metrics.values()} <= {"better", "no different", "worse"}


def test_the_value_figures_have_intervals_too(found):
    for one in found["cutoffs"]:
        assert one["value_intervals"].keys() == one["value"].keys()
        for model, metrics in one["value_intervals"].items():
            figures = one["value"][model] | {
                "sum_ratio": one["value"][model]["predicted_sum"] / one["value"][model]["actual_sum"]
            }
            assert all(low <= figures[name] <= high for name, (low, high) in metrics.items())
        assert one["value_differences"]["past_spend"].keys() == {"spearman", "gini", "tier_kappa"}


def test_the_tables_add_up_to_everybody(found, system):
    for one, result in zip(found["cutoffs"], system.results, strict=True):
        everybody = one["slices"][0]
        assert everybody.keys() == SLICE and everybody["by"] == "all"
        for by in ("stage", "tier", "tenure"):
            assert sum(each["users"] for each in one["slices"] if each["by"] == by) == one["users"]
        assert one["gains"][0]["lift"] == gains(result.test.churned, result.risk["holdfast"])[0].lift
        assert sum(tenth["users"] for tenth in one["value_tenths"]) == one["users"]
        total = sum(tenth["users"] * tenth["actual"] for tenth in one["value_tenths"])
        assert total == pytest.approx(everybody["value_actual"])
        confusion = one["tier_confusion"]
        assert confusion["tiers"] == ["none", "low", "mid", "high"] and len(confusion["users"]) == 4
        assert sum(map(sum, confusion["users"])) == one["users"]


def test_several_cutoffs_are_pooled_and_one_is_not(found, system):
    pooled = found["pooled"]
    assert pooled["as_of"] == [result.as_of.isoformat() for result in system.results]
    assert pooled["rows"] == pooled["slices"][0]["users"] == sum(len(result.test) for result in system.results)
    assert {each["by"] for each in pooled["slices"]} == {"all", "cutoff", "stage", "tier", "tenure"}
    assert report(system.config, system.results[:1])["pooled"] is None


def test_the_report_is_json_also_where_something_could_not_be_measured(system):
    churn = {"holdfast": {"auc": float("nan"), "log_loss": 0.1}}
    value = {"holdfast": {"gini": float("nan"), "spearman": float("inf"), "tier_kappa": None}}
    slices = (replace(system.result.slices[0], auc=float("nan")),)
    measured = replace(system.result, churn=churn, value=value, slices=slices)
    one = json.loads(json.dumps(report(system.config, [measured]), allow_nan=False))["cutoffs"][0]
    assert one["models"] == {"holdfast": {"auc": None, "log_loss": 0.1}}
    assert one["value"] == {"holdfast": {"gini": None, "spearman": None, "tier_kappa": None}}
    assert one["slices"][0]["auc"] is None
