"""serving/monitoring/logs/day_values.py."""

from dataclasses import replace
from datetime import timedelta

import ibis
import pytest

from serving.monitoring.logs.day_values import gaps, new_texts, units


@pytest.fixture
def changed(base, as_of):
    """changed(column, new): the events with another value in a column on the last day, for a third of the users."""

    def change(column, new):
        one = base.tables["events"]
        some = (one.time >= ibis.literal(as_of - timedelta(days=1), "timestamp(6)")) & (one.user_id % 3 == 0)
        return base.over({"events": one.mutate(**{column: ibis.ifelse(some, new, one[column])})})

    return change


def test_steady_values_are_not_told(base, counts, as_of):
    assert [*units(base.config, counts, 1), *gaps(base.config, counts, 1), *new_texts(base, as_of, 1)] == []


@pytest.mark.parametrize("factor", [100, 0.01])
def test_a_change_of_unit_stops(base, counts, factor):
    one = counts["orders"]
    level = one.level["amount"].copy()
    level[0] *= factor
    (found,) = units(base.config, {"orders": replace(one, level={"amount": level})}, 1)
    assert (found.kind, found.subject, found.level) == ("unit", "orders.amount", "stop")
    assert ("larger" in found.said.en) == (factor > 1)


@pytest.mark.parametrize(("share", "level"), [(1.0, "stop"), (0.8, "watch")])
def test_values_that_are_missing_are_told(base, counts, share, level):
    one = counts["events"]
    missing = one.missing["channel"] * 0 + 0.02 if "channel" in one.missing else one.missing["value"] * 0 + 0.02
    missing[0] = share
    (found,) = gaps(base.config, {"events": replace(one, missing={"channel": missing})}, 1)
    assert (found.subject, found.level) == ("events.channel", level)


def test_a_text_never_seen_is_named(changed, as_of):
    (found,) = new_texts(changed("event", "livestream"), as_of, 1)
    assert (found.subject, found.level) == ("events.event", "watch")
    assert "'livestream'" in found.said.en
