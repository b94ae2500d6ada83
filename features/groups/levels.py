"""Member levels: which one a user is on at a date, until when it is kept, what is missing to the next.

A level is reached where the measure is at least ``least`` at the date itself or at one of the looks back, and kept
until ``keep_days`` after the last such look. Looks lie on midnights of the project's calendar, so that a level that was
seen once is seen on every later date until it ends: every day where a level is kept for up to 14 days, every Monday up
to 98, the first of a month up to 744 (24 months), of a quarter up to 2232, else the first of January. Between two looks
only the date itself is asked, so a measure that was high enough for a few days may leave no trace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from features.build.look_up import look_up, prepare
from features.config import Config
from features.config.operations.named import LevelSetting
from features.user_base import UserBase
from features.wall_clock import instant, wall

MOST = 24  # looks back of a level, or one more
DAILY, WEEKLY = 14, 98  # levels kept for up to so many days are looked at every day, every Monday
MONTHS, LONG = (1, 3, 12), 31  # months between looks; days of a long one

Measured = Mapping[datetime, np.ndarray]  # the measure by look, in the order of the users; NaN: not known


@dataclass(frozen=True)
class Levels:
    """Users on levels at a date. codes: the number of the level, -1 for none; until: datetime64[D], the last day on
    which it is kept if nothing more comes, NaT for none; lacks: what the measure lacks to the next level in its unit,
    NaN on the highest or where the measure is not known."""

    codes: np.ndarray
    until: np.ndarray
    lacks: np.ndarray


def measure(config: Config) -> str | None:
    """The feature that the levels look at; None without levels."""
    return config.level[0].measure if config.level else None


def looks(config: Config, at: datetime) -> list[datetime]:
    """The dates at which the measure decides about levels at a date, ``at`` first; none without levels."""
    zone = config.project.timezone
    earlier = (one for level in config.level for one in _back(level.keep_days, at, zone))
    return list(dict.fromkeys([at, *earlier])) if config.level else []


def levels_at(base: UserBase, at: datetime, users: pa.Table) -> Levels:
    """The levels of users (``user_id``) at a date, in their order, from rows before it."""
    return levels_from(base.config, at, measured(base, looks(base.config, at), users), len(users))


def measured(base: UserBase, dates: Sequence[datetime], users: pa.Table) -> dict[datetime, np.ndarray]:
    """The measure of the users at dates."""
    name = measure(base.config)
    if name is None:
        return {}
    lookup = prepare(base, [name])
    return {one: look_up(base, one, users, lookup)[name] for one in dates}


def levels_from(config: Config, at: datetime, values: Measured, rows: int) -> Levels:
    """``levels_at`` from the measure at all of ``looks``, each look known already."""
    zone = config.project.timezone
    codes, until = np.full(rows, -1, np.int64), np.full(rows, np.datetime64("NaT", "D"))
    for number, level in enumerate(config.level):
        last = np.full(rows, np.datetime64("NaT", "D"))
        for look in (*_back(level.keep_days, at, zone), at):
            last[values[look] >= level.least] = wall(look, zone).date()
        reached = ~np.isnat(last)
        codes[reached], until[reached] = number, last[reached] + level.keep_days
    least = np.array([*(level.least for level in config.level), np.nan])
    lacks = least[codes + 1] - values[at] if config.level else np.full(rows, np.nan)
    return Levels(codes, until, lacks)


def names_of(levels: Sequence[LevelSetting], codes: np.ndarray) -> pa.Array:
    """The names of levels as text; null for none."""
    names = pa.array([one.name for one in levels], pa.string())
    return names.take(pa.array(codes, pa.int64(), mask=codes < 0))


def _back(keep: int, at: datetime, zone: str) -> list[datetime]:
    """The looks before ``at`` of a level that is kept for so many days, earliest first."""
    now = wall(at, zone).date()
    oldest = now - timedelta(days=keep)
    found = [instant(datetime.combine(one, time()), zone) for one in _days(oldest, now, keep)]
    return [one for one in found if one < at]


def _days(oldest: date, newest: date, keep: int) -> list[date]:
    if keep <= WEEKLY:
        every = (oldest + timedelta(days=ahead) for ahead in range(keep + 1))
        return [one for one in every if keep <= DAILY or one.weekday() == 0]
    begin, end = oldest.year * 12 + oldest.month - 1, newest.year * 12 + newest.month - 1
    step = next((one for one in MONTHS if keep <= MOST * one * LONG), MONTHS[-1])  # never by the date: looks stay
    firsts = (date(month // 12, month % 12 + 1, 1) for month in range(begin, end + 1) if month % step == 0)
    return [one for one in firsts if one >= oldest]
