"""serving/monitoring/logs/volumes.py."""

from dataclasses import replace

import numpy as np
import pytest

from serving.monitoring.logs.volumes import findings, volumes


@pytest.fixture
def judged(base, counts, as_of):
    """judged(factor, copies): the findings where yesterday's events came so many times."""

    def judge(factor, share=0.0):
        rows = counts["events"].rows.copy()
        rows[0] *= factor
        found = volumes(base.config, {"events": replace(counts["events"], rows=rows)}, as_of, 1)
        return list(findings(base.config, found, lambda *_: share))

    return judge


def test_a_usual_day_is_not_told(judged):
    assert judged(1) == judged(1.3) == []


@pytest.mark.parametrize("factor", [0, 0.1, 5])
def test_many_more_or_fewer_rows_are_watched(judged, factor):
    (found,) = judged(factor)
    assert (found.kind, found.subject, found.level) == ("volume", "events", "watch")


def test_rows_that_came_twice_stop(judged):
    (found,) = judged(5, share=0.5)
    assert (found.kind, found.level) == ("doubled", "stop")


def test_weekdays_are_held_against_their_own_kind(base, counts, as_of):
    rows = np.full(63, 1000.0)
    rows[0::7] = 100  # a quiet weekday, today among them
    one = {"events": replace(counts["events"], rows=rows)}
    assert not any(found.odd for found in volumes(base.config, one, as_of, 7))


def test_a_table_too_young_has_no_usual(base, counts, as_of):
    rows = np.where(np.arange(63) < 15, 500.0, 0.0)
    assert volumes(base.config, {"events": replace(counts["events"], rows=rows)}, as_of, 1) == []
