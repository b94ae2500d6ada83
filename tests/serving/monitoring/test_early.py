"""serving/monitoring/early.py."""

from dataclasses import replace

import pytest

from serving.monitoring.early import Early, _judged, early, findings
from serving.monitoring.past_snapshots import by_date


@pytest.fixture(scope="module")
def told(monitored):
    return early(monitored, by_date(monitored.config.store_path))


def test_the_newest_window_of_each_short_horizon_is_measured(monitored, told):
    assert [(one.days, one.group) for one in told] == [(days, one) for days in (7, 14, 30) for one in ("all", "steady")]
    assert all(0 < one.silent < 1 and one.users > 50 for one in told)
    assert all(a.silent > b.silent for a, b in zip(told[::2], told[1::2], strict=True))


def test_a_longer_horizon_finds_fewer_silent(told):
    assert [one.silent for one in told[::2]] == sorted((one.silent for one in told[::2]), reverse=True)


def test_a_base_that_behaves_otherwise_is_told_against_its_usual_bias():
    past = [Early(7, "all", "a", "2026-01-01T00:00:00", 1000, 0.60, 0.57, None, False)] * 3
    same, other = (_judged([*past, replace(past[0], silent=silent)]) for silent in (0.58, 0.80))
    assert not same.off
    assert other.off
    assert other.usual == pytest.approx(0.03)
    assert [one.level for one in findings([same, other])] == ["retrain"]
    assert not _judged([past[0], replace(past[0], silent=0.9)]).off  # one look back is no usual
