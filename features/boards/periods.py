"""The calendar of boards: the last day, and periods of a month, or of a week where the churn horizon is short."""

from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir

from features.boards.sight import Sight
from features.config import Config
from features.wall_clock import instant, wall

MONTHLY = 28.0  # days of the churn horizon from which on a period is a month
MONDAY = date(1970, 1, 5)
MOST = {True: 24, False: 52}  # periods that are looked back: months, weeks
SAYS = (
    f"Periods are calendar months, or weeks where the churn horizon is under {MONTHLY:.0f} days; "
    f"the last {MOST[True]} months or {MOST[False]} weeks that are over.",
    f"周期为自然月；流失窗口不足 {MONTHLY:.0f} 天时为自然周。"
    f"显示最近 {MOST[True]} 个月或 {MOST[False]} 周中已结束的周期。",
)


def last_day(sight: Sight) -> date:
    """The last day that lies wholly or in part before the date."""
    return (wall(sight.at, sight.config.project.timezone) - timedelta(microseconds=1)).date()


def since(sight: Sight, days: int) -> datetime:
    """The instant with which the last so many days begin."""
    first = last_day(sight) - timedelta(days=days - 1)
    return instant(datetime(first.year, first.month, first.day), sight.config.project.timezone)


def number(day: ir.Value) -> ir.Value:
    """A day as a whole number: days since 1970."""
    return day.delta(ibis.literal(date(1970, 1, 1), "date"), unit="day").cast("int64")  # type: ignore[union-attr]


def monthly(config: Config) -> bool:
    """Whether periods are months, else weeks."""
    return config.horizon >= MONTHLY


def period(day: ir.Value, config: Config) -> ir.Value:
    """The number of the period that a day lies in: months since the year 0, or weeks since 1970."""
    if monthly(config):
        return day.year().cast("int64") * 12 + day.month().cast("int64") - 1  # type: ignore[union-attr]
    days = day.delta(ibis.literal(MONDAY, "date"), unit="day").cast("int64")  # type: ignore[union-attr]
    return ((days - (days % 7 + 7) % 7) / 7).cast("int64")


def first_day(period: int, config: Config) -> date:
    """The day with which a period begins."""
    return date(period // 12, period % 12 + 1, 1) if monthly(config) else MONDAY + timedelta(weeks=period)


def last_whole(sight: Sight) -> int:
    """The last period that is over at the date."""
    following = last_day(sight) + timedelta(days=1)
    config = sight.config
    inside = following.year * 12 + following.month - 1 if monthly(config) else (following - MONDAY).days // 7
    return inside - 1


def earliest(sight: Sight) -> int:
    """The first period that boards look back to."""
    return last_whole(sight) - MOST[monthly(sight.config)] + 1
