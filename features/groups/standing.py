"""What rules may ask of a user beside features: level, points in money, calendar days; a face for all of them.

Names, see features/config/operations/conditions.py, and here ``level_until`` as well:

``level``, ``level_before``  text; null: none reached, or no date before is known
``level_until``              the last day on which the level is kept if nothing more comes; null: no level
``to_next_level``            what the measure lacks to the next level; null on the highest, or where it is not known
``points_worth``             the balance in money
``days_to:NAME``             whole days to the next such day, 0 today; null: none is known, or none comes any more
``calendar:NAME``            flag: the day is today or within days_before; null: no such day is known of the user

Columns of users without a ``time`` have today's value at any date.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.build.look_up import look_up, prepare
from features.config import Config
from features.config.operations.named import CalendarSetting
from features.config.rules import Values
from features.errors import BadInput, did_you_mean
from features.groups.calendar_days import dates_of, to_anniversary, to_next, today
from features.groups.levels import Measured, levels_from, looks, measure, measured, names_of
from features.groups.points import BALANCE, points_worth
from features.groups.users_at import users_at
from features.user_base import UserBase

LEVELS = ("level", "level_until", "to_next_level")
BEFORE, WORTH, CALENDAR, DAYS_TO = "level_before", "points_worth", "calendar:", "days_to:"


def standing(
    base: UserBase, at: datetime, users: pa.Table, names: Sequence[str], before: datetime | None = None
) -> pa.Table:
    """``user_id`` and the named columns, in the order of the users (``user_id``), from rows before the date only.

    before: the date of the snapshot before, whose level is ``level_before``. Raises BadInput for a name that is none of
    the above, or that the configuration does not know.
    """
    config = base.config
    now = prepare(base, [BALANCE]) if WORTH in names else None
    values = look_up(base, at, users, now) if now else {}
    known = users_at(base, at, users, users_columns(config, names))
    return standing_from(
        config, at, known, names, values, measured(base, dates(config, at, names, before), users), before
    )


def standing_from(
    config: Config,
    at: datetime,
    known: pa.Table,
    names: Sequence[str],
    values: Values,
    measure_at: Measured,
    before: datetime | None = None,
) -> pa.Table:
    """``standing`` from what was looked up already. known: ``users_columns`` at the date; values: ``features_of`` at
    the date; measure_at: the measure at ``dates``; all in one order of users."""
    rows, made = len(known), dict[str, pa.Array]()
    levels = levels_from(config, at, measure_at, rows) if {*names} & {*LEVELS} and config.level else None
    now = _now(config, at, known) if _named(names) else np.array([])
    for name in dict.fromkeys(names):
        if name in LEVELS and levels:
            made[name] = {
                "level": lambda: names_of(config.level, levels.codes),
                "level_until": lambda: pa.array(levels.until, pa.date32()),
                "to_next_level": lambda: _numbers(levels.lacks),
            }[name]()
        elif name == BEFORE and config.level:
            earlier = levels_from(config, before, measure_at, rows).codes if before else np.full(rows, -1)
            made[name] = names_of(config.level, earlier)
        elif name == WORTH:
            made[name] = _numbers(points_worth(config, values[BALANCE]))
        elif name.startswith((CALENDAR, DAYS_TO)):
            made[name] = _calendar(config, name, known, now)
        else:
            raise BadInput(f"{config.file.name}: no '{name}' of users; {did_you_mean(name, [*LEVELS, BEFORE, WORTH])}")
    return pa.table({"user_id": known["user_id"], **made})


def features_of(names: Sequence[str]) -> list[str]:
    """The features that the named columns need at the date, beside the levels' measure."""
    return [BALANCE] if WORTH in names else []


def dates(config: Config, at: datetime, names: Sequence[str], before: datetime | None) -> list[datetime]:
    """The dates at which the named columns need the levels' measure."""
    wanted = looks(config, at) if {*names} & {*LEVELS} else []
    wanted += looks(config, before) if before and BEFORE in names else []
    return list(dict.fromkeys(wanted)) if measure(config) else []


def users_columns(config: Config, names: Sequence[str]) -> list[str]:
    """The columns of users that the named columns need."""
    asked = [_setting(config, name).column for name in _named(names)]
    return [config.contact.timezone, *(one for one in asked if one)] if asked else []


def _calendar(config: Config, name: str, known: pa.Table, now: np.ndarray) -> pa.Array:
    one = _setting(config, name)
    ahead = to_anniversary(dates_of(_column(known, one.column)), now) if one.column else to_next(one.dates, now)
    if name.startswith(DAYS_TO):
        return pa.array(np.nan_to_num(ahead).astype(np.int64), pa.int64(), mask=np.isnan(ahead))
    return pa.array(ahead <= one.days_before, pa.bool_(), mask=np.isnan(ahead) if one.column else None)


def _now(config: Config, at: datetime, known: pa.Table) -> np.ndarray:
    return today(at, _column(known, config.contact.timezone), config.project.timezone)


def _column(known: pa.Table, column: str) -> pa.Array:
    return known[column.removeprefix("users.")].combine_chunks()


def _named(names: Sequence[str]) -> list[str]:
    return [name for name in names if name.startswith((CALENDAR, DAYS_TO))]


def _setting(config: Config, name: str) -> CalendarSetting:
    own, there = name.partition(":")[2], {one.name: one for one in config.calendar}
    if own not in there:
        raise BadInput(f"{config.file.name}: no [[calendar]] named '{own}'; {did_you_mean(own, there)}")
    return there[own]


def _numbers(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
