"""serving/monitoring/logs/freshness.py."""

from dataclasses import replace
from datetime import timedelta

from serving.monitoring.logs.freshness import findings, freshness


def test_a_feed_that_goes_on_is_fresh(counts, as_of):
    found = freshness(counts, as_of)
    assert {one.table for one in found} == {"orders", "events"}
    assert findings(found) == []


def test_a_feed_that_stopped_yesterday_is_named(counts, as_of):
    one = counts["events"]
    hours = one.hours.copy()
    hours[:30] = 0
    stopped = replace(one, hours=hours, newest=as_of - timedelta(hours=30))
    (found,) = findings(freshness({"orders": counts["orders"], "events": stopped}, as_of))
    assert (found.kind, found.subject, found.level) == ("stopped", "events", "stop")


def test_a_table_of_few_rows_has_no_usual_silence(counts, as_of):
    one = counts["events"]
    rare = replace(one, hours=one.hours * 0, newest=as_of - timedelta(days=40))
    assert freshness({"events": rare}, as_of)[0].usual is None
    empty = replace(rare, newest=None)
    assert findings(freshness({"events": empty}, as_of)) == []
