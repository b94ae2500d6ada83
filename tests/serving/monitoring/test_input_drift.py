"""serving/monitoring/input_drift.py."""

import pytest

from serving.monitoring.input_drift import findings, input_drift, spread, unseen
from serving.monitoring.past_snapshots import by_date

BEFORE = {"spend": {"+1": 500, "+2": 500}, "visits": {"+1": 600, "+9": 400}}


def test_a_snapshot_keeps_how_its_features_are_spread(monitored):
    newest = by_date(monitored.config.store_path)[-1]
    found = spread(newest)
    assert {sum(one.values()) for one in found.values()} == {newest.manifest["eligible"]}
    assert spread(None) == {}


@pytest.mark.parametrize(("now", "level"), [({"+1": 150, "+2": 850}, "watch"), ({"+30": 500, "+31": 500}, "stop")])
def test_a_feature_that_moved_is_named(base, now, level):
    drifted = input_drift(base.config, BEFORE | {"spend": now}, BEFORE, {})
    assert [one.feature for one in drifted if one.drifted] == ["spend"]
    (found,) = findings(base.config, drifted)
    assert (found.subject, found.level) == ("spend", level)


def test_the_same_features_and_new_ones_are_not_told(base):
    assert findings(base.config, input_drift(base.config, BEFORE, BEFORE, BEFORE)) == []
    assert findings(base.config, input_drift(base.config, BEFORE, {}, {})) == []


def test_texts_that_the_model_never_saw_ask_for_training(base):
    told = list(unseen(base.config, {"eligible": 1000, "unseen": {"plan": 50, "city": 2}}))
    assert [(one.subject, one.level) for one in told] == [("plan", "retrain")]
