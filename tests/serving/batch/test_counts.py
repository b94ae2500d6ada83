from collections import Counter

import pyarrow as pa
import pytest

from features.config import load
from features.config.sections import Score
from serving.batch import counts

BEFORE = {"reason_not_eligible:never active": 10, "risk_band:low": 80, "risk_band:high": 10, "stage:new": 100}


@pytest.fixture
def alarms(tmp_path):
    """What is alarming where shares may move by at most so much."""
    (tmp_path / "holdfast.toml").write_text('[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n')
    config = load(tmp_path / "holdfast.toml")

    def of(before, now, most):
        return counts.moved(config.model_copy(update={"score": Score(max_shift=most)}), before, now)

    return of


def test_rows_are_counted_by_reason_band_tier_and_stage():
    rows = {
        "reason_not_eligible": ["never active", None, None],
        "risk_band": [None, "high", "high"],
        "value_tier": [None, "low", "mid"],
        "stage": ["new", "new", "loyal"],
    }
    expected = {"reason_not_eligible:never active": 1, "risk_band:high": 2, "value_tier:low": 1, "value_tier:mid": 1}
    assert counts.count(pa.table(rows)) == expected | {"stage:loyal": 1, "stage:new": 2}


def test_the_order_is_the_configurations_and_nobody_is_a_count_too(base):
    found = counts.ordered(base.config, Counter({"risk_band:high": 3, "reason_not_eligible:b": 1}))
    assert list(found)[:4] == ["reason_not_eligible:b", "risk_band:low", "risk_band:medium", "risk_band:high"]
    assert (found["risk_band:high"], found["risk_band:low"], found["stage:new"]) == (3, 0, 0)


@pytest.mark.parametrize("times", [1, 1000])
def test_a_base_that_only_grows_is_no_alarm(alarms, times):
    assert alarms(BEFORE, {key: n * times for key, n in BEFORE.items()}, 0.01) == []


def test_a_share_that_moved_more_than_configured_is_an_alarm(alarms):
    now = BEFORE | {"risk_band:low": 70, "risk_band:high": 20}
    assert alarms(BEFORE, now, 0.12) == []
    assert alarms(BEFORE, now, 0.1) == [
        "risk band 'low': 88.9% of the users before, 77.8% now",
        "risk band 'high': 11.1% of the users before, 22.2% now",
    ]


def test_reasons_are_shares_of_all_users(alarms):
    now = BEFORE | {"reason_not_eligible:never active": 25}
    assert alarms(BEFORE, now, 0.1) == ["reason not eligible 'never active': 10.0% of the users before, 25.0% now"]


def test_a_band_that_is_gone_and_one_that_is_new_are_alarms(alarms):
    now = {"risk_band:low": 80, "risk_band:top": 10, "stage:new": 90}
    assert len(alarms(BEFORE, now, 0.1)) == 2


def test_without_anybody_before_there_is_no_alarm(alarms):
    assert alarms({}, BEFORE, 0.01) == []


def test_an_alarm_calls_a_stage_by_its_name(alarms):
    now = BEFORE | {"stage:new": 50, "stage:lapsed_1": 50}
    assert alarms(BEFORE, now, 0.1) == [
        "stage 'new': 100.0% of the users before, 50.0% now",
        "stage 'lapsed 30 d': 0.0% of the users before, 50.0% now",
    ]
