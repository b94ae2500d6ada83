"""serving/monitoring/past_snapshots.py."""

from datetime import timedelta

import pytest

from features.errors import BadInput
from serving.monitoring.past_snapshots import as_of as moment
from serving.monitoring.past_snapshots import before, by_date, closed, first_of_model, in_hindsight


@pytest.fixture
def found(monitored):
    return by_date(monitored.config.store_path)


def ago(monitored, snapshots):
    return [round((monitored.tables.observed_until - moment(one)) / timedelta(days=1)) for one in snapshots]


def test_snapshots_stand_by_date(monitored, found):
    assert ago(monitored, found) == [95, 65, 35, 2, 1, 0]
    assert ago(monitored, [before(found, found[-1]), first_of_model(found, found[-1])]) == [1, 95]
    assert before(found, found[0]) is first_of_model(found, found[0]) is None


def test_windows_that_closed_are_a_horizon_apart(monitored, found):
    until = monitored.tables.observed_until
    assert ago(monitored, closed(monitored.config, found, until, 9)) == [95, 65, 35]
    assert ago(monitored, closed(monitored.config, found, until, 1)) == [35]
    assert ago(monitored, closed(monitored.config, found, until, 9, 1.0)) == [95, 65, 35, 2, 1]


def test_a_snapshot_of_other_settings_is_left_out(monitored, found):
    churn = monitored.config.churn.model_copy(update={"horizon_days": 31})
    other = monitored.config.model_copy(update={"churn": churn})
    assert closed(other, found, monitored.tables.observed_until, 9) == []


def test_a_model_that_knew_what_came_is_told(base, found):
    assert in_hindsight(found[0]) is False
    assert in_hindsight(type(found[0])(found[0].folder, found[0].manifest | {"labels_close": "2099-01-01"}))


def test_an_empty_store_says_what_to_do(tmp_path):
    with pytest.raises(BadInput, match="holdfast score"):
        by_date(tmp_path)
