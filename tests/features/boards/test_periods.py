"""Months and weeks: numbers that go on without a gap, and which of them are over."""

from datetime import date, datetime, timedelta

import ibis
import pytest

from features.boards.periods import MOST, earliest, first_day, last_day, last_whole, number, period, since
from features.boards.sight import Sight

DAYS = [date(1969, 12, 28) + timedelta(days=step) for step in (*range(20), *range(19000, 19000 + 800, 3))]


@pytest.mark.parametrize("horizon", [30, 7])
def test_every_day_lies_in_the_period_that_begins_before_it(con, config_of, horizon):
    config = config_of(horizon=horizon)
    table = ibis.memtable({"day": DAYS}, schema={"day": "date"})
    found = con.to_pyarrow(table.select("day", period=period(table.day, config), number=number(table.day))).to_pylist()
    for one in found:
        first = first_day(one["period"], config)
        begins = one["day"].replace(day=1) if horizon == 30 else one["day"] - timedelta(days=one["day"].weekday())
        assert first == begins and one["number"] == (one["day"] - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("horizon", "at", "over"),
    [
        (30, datetime(2026, 1, 1), date(2025, 12, 1)),
        (30, datetime(2025, 12, 31, 23), date(2025, 12, 1)),  # its last day has begun
        (30, datetime(2025, 12, 31), date(2025, 11, 1)),
        (7, datetime(2026, 1, 5), date(2025, 12, 29)),
        (7, datetime(2026, 1, 4), date(2025, 12, 22)),
    ],
)
def test_the_last_period_that_is_over(config_of, horizon, at, over):
    config = config_of(horizon=horizon)
    sight = Sight(config, at, {})
    assert first_day(last_whole(sight), config) == over
    assert last_whole(sight) - earliest(sight) + 1 == MOST[horizon == 30]


def test_the_last_days_begin_with_a_midnight_of_the_zone(config_of):
    sight = Sight(config_of(project={"timezone": "Asia/Shanghai"}), datetime(2026, 1, 1), {})
    assert last_day(sight) == date(2026, 1, 1)  # eight in the morning there
    assert since(sight, 1) == datetime(2025, 12, 31, 16) and since(sight, 3) == datetime(2025, 12, 29, 16)
