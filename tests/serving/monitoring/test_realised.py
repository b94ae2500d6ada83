"""serving/monitoring/realised.py."""

from dataclasses import replace
from datetime import timedelta

import pytest

from features.errors import BadInput
from serving.batch import score as job
from serving.monitoring.past_snapshots import by_date
from serving.monitoring.realised import findings, realised
from training.evaluation.backtest import evaluate
from training.tracking import Version


def test_realised_figures_are_those_of_a_backtest_at_the_same_cutoff(base, own, monkeypatch):
    """A snapshot scored by the backtest's own model: users, churn, every figure and both value sums are the same."""
    at = base.tables.observed_until - timedelta(days=30)
    tested = evaluate(base, at)
    monkeypatch.setattr(job, "write_boards", lambda *_: {"made": {}, "missing": {}})
    mine = replace(base, config=own, model=None, snapshot=None)
    found = realised(mine, job.score(mine, Version("tested", "", tested.bundle), at))
    assert found.users == len(tested.test) > 100
    assert found.churned == tested.test.churned.mean()
    assert found.figures == pytest.approx(tested.churn["holdfast"], nan_ok=True, abs=1e-12)
    assert found.expected == pytest.approx(tested.value["holdfast"]["predicted_sum"])
    assert found.actual == pytest.approx(tested.value["holdfast"]["actual_sum"])
    told = {(one.by, one.group): one.churned for one in tested.slices}
    assert {told[one.by, one.group] for one in found.slices if one.by == "tier"} == {
        one.churned for one in found.slices if one.by == "tier"
    }


@pytest.fixture(scope="module")
def one(monitored):
    return realised(monitored, by_date(monitored.config.store_path)[1])


def test_intervals_hold_their_figures(one):
    for name, (low, high) in one.intervals.items():
        assert low <= one.figures[name] <= high
    assert one.ratio_interval[0] <= one.ratio <= one.ratio_interval[1]
    assert {slice.by for slice in one.slices} == {"all", "stage", "tier"}


def test_an_open_window_is_refused(monitored):
    with pytest.raises(BadInput, match="label window closes"):
        realised(monitored, by_date(monitored.config.store_path)[-1])


@pytest.mark.parametrize(
    ("change", "kind", "level"),
    [
        ({"risk": 0.9, "churned": 0.4}, "realised churn", "retrain"),
        ({"promised": {"auc": {"figure": 0.99}}}, "realised order", "retrain"),
        ({"ratio": 2.0, "ratio_interval": (1.8, 2.2)}, "realised value", "watch"),
    ],
)
def test_what_came_otherwise_is_told(base, one, change, kind, level):
    right = {"risk": 0.4, "churned": 0.4, "promised": {}, "ratio": 1.0, "ratio_interval": (0.9, 1.1)}
    assert findings(base, replace(one, **right)) == []
    (found,) = findings(base, replace(one, **right | change))
    assert (found.kind, found.level) == (kind, level)
