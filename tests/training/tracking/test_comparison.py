"""What two versions differ in, named one by one."""

from types import SimpleNamespace

from training.tracking import comparison


def test_what_two_versions_differ_in(shop, system):
    found = comparison.compare(shop, "3", "4")
    assert (found.old.number, found.new.number) == ("3", "4")
    assert found.config == [("churn.horizon_days", "30.0", "60.0")]
    assert found.cutoffs[1] == ["2025-07-01T00:00"] and (found.came, found.gone) == ([], [])
    auc = next(row for row in found.metrics if row[0] == "holdfast.auc")
    assert auc == ("holdfast.auc", system.result.churn["holdfast"]["auc"], system.result.churn["holdfast"]["auc"])


def test_features_that_came_and_went_are_named():
    old = SimpleNamespace(features=("a", "b"), config={"x": {"y": 1}, "z": [1]}, trained_on={"cutoffs": []})
    new = SimpleNamespace(features=("b", "c"), config={"x": {"y": 1}, "z": [2], "new": True}, trained_on={})
    assert comparison.features_changed(old, new) == (["c"], ["a"])
    assert comparison.config_changed(old, new) == [("new", "–", "true"), ("z", "[1]", "[2]")]
