"""serving/monitoring/stale.py."""

from datetime import datetime

from serving.monitoring.stale import LOGS, MODEL, SNAPSHOT, ages, stale

FRESH = {
    "as_of": "2026-01-10T00:00:00",
    "logs_until": "2026-01-10T00:00:00",
    "labels_close": "2026-01-01T00:00:00",
}
NOW = datetime(2026, 1, 11)


def test_what_is_fresh_says_nothing(base):
    assert ages(FRESH, NOW) == {SNAPSHOT: 1, LOGS: 1, MODEL: 10}
    assert stale(base.config, FRESH, NOW) == {}


def test_an_old_snapshot_and_its_logs_are_told_in_both_languages(base):
    found = stale(base.config, FRESH, datetime(2026, 2, 10))
    assert list(found) == [SNAPSHOT, LOGS]
    assert "31 days ago" in found[SNAPSHOT].en
    assert "31 天" in found[SNAPSHOT].zh


def test_logs_that_ended_long_before_the_as_of_are_told_alone(base):
    assert list(stale(base.config, FRESH | {"logs_until": "2025-12-01T00:00:00"}, NOW)) == [LOGS]


def test_a_model_of_another_season_is_told(base):
    assert list(stale(base.config, FRESH | {"labels_close": "2025-01-01T00:00:00"}, NOW)) == [MODEL]


def test_a_manifest_from_before_these_were_kept_tells_what_it_can(base):
    assert list(stale(base.config, {"as_of": "2026-01-10T00:00:00"}, datetime(2026, 2, 10))) == [SNAPSHOT]
