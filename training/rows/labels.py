"""What happened after a cutoff: who churned, and each user's value. No other file reads at or after a cutoff."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.build.past import activity_rows
from features.config import Config
from features.engine.duckdb_session import read
from features.errors import BadInput
from features.user_base import UserBase
from features.wall_clock import changes, days_between, later, offset, wall

DAY = timedelta(days=1)


def labels(base: UserBase, observed_until: datetime, cutoff: datetime, users: pa.Table) -> pa.Table:
    """One row per given user: ``user_id``, ``churned`` (no activity in [begin, begin + H)), ``days_to_return`` (from
    begin to the first activity; null where there is none within ``longest``, or before the logs end) and ``value``
    (``[value] sum`` over [begin, begin + value horizon); refunds subtracted; 0 without rows).

    begin: the cutoff plus ``churn.gap_days``, by default 0; what happens in the gap is ignored. Days are those
    of the project's calendar, as in ``features.build.past``.

    Raises BadInput when a label window has not closed by ``observed_until``.
    """
    closes = ahead(base.config, cutoff, window(base.config) / DAY)
    if closes > observed_until:
        latest = ahead(base.config, observed_until, -window(base.config) / DAY)
        raise BadInput(
            f"as-of {cutoff:%Y-%m-%d %H:%M}: its label window closes {closes:%Y-%m-%d %H:%M}, after the logs end "
            f"({observed_until:%Y-%m-%d %H:%M}); take an as-of at or before {latest:%Y-%m-%d %H:%M}"
        )
    begin = ahead(base.config, cutoff, base.config.churn.gap_days)
    asked = base.con.create_table("labelled", users.select(["user_id"]), temp=True, overwrite=True)
    rows = activity_rows(base.tables, base.config.churn.activity, ("user_id", "time"))
    furthest = min(ahead(base.config, begin, longest(base.config)), observed_until)
    active = _within(rows, begin, furthest).group_by("user_id").aggregate(came=lambda t: t.time.min())
    spent = _value(base.config, base.tables, begin, base.config.value_horizon)
    table = asked.left_join(active, "user_id").drop("user_id_right").left_join(spent, "user_id").drop("user_id_right")
    answer = table.select(
        "user_id",
        churned=table.came.isnull() | (table.came >= _instant(ahead(base.config, begin, base.config.horizon))),
        days_to_return=_days(base.config, begin, table.came),
        value=table.value.cast("float64").fill_null(0.0),
    )
    return read(base.con, str(ibis.to_sql(answer, dialect="duckdb")))


def horizon_labels(
    base: UserBase, observed_until: datetime, cutoff: datetime, users: pa.Table, windows: int
) -> pa.Table:
    """Activity and value over several horizons, one row per given user: ``user_id``, ``active_1`` … (``active_k``:
    whether there was activity in [begin + (k − 1) H, begin + k H)) and ``value`` over all ``windows`` horizons. begin
    and value are those of ``labels``.

    Raises BadInput when the last window has not closed by ``observed_until``.
    """
    begin = ahead(base.config, cutoff, base.config.churn.gap_days)
    ends = [ahead(base.config, begin, base.config.horizon * k) for k in range(windows + 1)]
    if ends[-1] > observed_until:
        raise BadInput(
            f"as-of {cutoff:%Y-%m-%d %H:%M}: {windows} horizons close {ends[-1]:%Y-%m-%d %H:%M}, after the logs end "
            f"({observed_until:%Y-%m-%d %H:%M}); take an earlier as-of or lower value.lifetime_horizons"
        )
    asked = base.con.create_table("labelled", users.select(["user_id"]), temp=True, overwrite=True)
    rows = _within(activity_rows(base.tables, base.config.churn.activity, ("user_id", "time")), begin, ends[-1])
    names = [f"active_{k}" for k in range(1, windows + 1)]
    inside = {
        name: ((rows.time >= _instant(start)) & (rows.time < _instant(end))).any()
        for name, start, end in zip(names, ends, ends[1:], strict=False)
    }
    active = rows.group_by("user_id").aggregate(**inside)
    spent = _value(base.config, base.tables, begin, base.config.horizon * windows)
    table = asked.left_join(active, "user_id").drop("user_id_right").left_join(spent, "user_id").drop("user_id_right")
    answer = table.select(
        "user_id",
        **{name: table[name].fill_null(False) for name in names},
        value=table.value.cast("float64").fill_null(0.0),
    )
    return read(base.con, str(ibis.to_sql(answer, dialect="duckdb")))


def longest(config: Config) -> float:
    """For how many days after ``begin`` returns are looked for: the longest horizon of the churn curve."""
    return config.curve[-1]


def window(config: Config) -> timedelta:
    """How long after a cutoff its labels are known, in days of the calendar: the label gap plus the longer horizon."""
    return timedelta(days=config.churn.gap_days + max(config.horizon, config.value_horizon))


def ahead(config: Config, at: datetime, days: float) -> datetime:
    """So many days of the project's calendar after an instant, or before it for a negative number."""
    return later(at, days, config.project.timezone)


def observed_days(config: Config, cutoff: datetime, until: datetime) -> float:
    """For how many days from the end of a cutoff's label gap on the logs tell, up to ``longest``."""
    begin = ahead(config, cutoff, config.churn.gap_days)
    return min(longest(config), days_between(begin, until, config.project.timezone))


def _value(config: Config, tables: Mapping[str, ir.Table], begin: datetime, days: float) -> ir.Table:
    name, _, column = config.value.sum.partition(".")
    spent = _within(tables[name], begin, ahead(config, begin, days)).group_by("user_id")
    return spent.aggregate(value=(lambda t: t[column].sum()) if column else (lambda t: t.count()))


def _within(table: ir.Table, begin: datetime, end: datetime) -> ir.Table:
    return table.filter((table.time >= _instant(begin)) & (table.time < _instant(end)))


def _days(config: Config, begin: datetime, came: ir.Value) -> ir.Value:
    zone, days = config.project.timezone, DAY / timedelta(microseconds=1)
    past = came.delta(_instant(begin), unit="microsecond")  # type: ignore[union-attr]
    if not changes(zone):
        return past / days
    past = past + offset(came, zone) - (wall(begin, zone) - begin) // timedelta(microseconds=1)
    return past.clip(lower=0) / days  # an hour that the clock shows twice


def _instant(at: datetime) -> ir.Value:
    return ibis.literal(at, "timestamp(6)")
