"""What happened after a cutoff: who churned, and each user's value. No other file reads at or after a cutoff."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.build.past import activity_rows
from features.config import Config
from features.engine.duckdb_session import put, read
from features.engine.spark import prepare, stand_ins
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
    closed_by(base.config, observed_until, cutoff)
    return _answer(base, users, lambda tables, asked: labels_in(base.config, tables, observed_until, cutoff, asked))


def closed_by(config: Config, observed_until: datetime, cutoff: datetime) -> None:
    """Raises BadInput when the label window of a cutoff has not closed by then."""
    closes = ahead(config, cutoff, window(config) / DAY)
    if closes > observed_until:
        latest = ahead(config, observed_until, -window(config) / DAY)
        raise BadInput(
            f"as-of {cutoff:%Y-%m-%d %H:%M}: its label window closes {closes:%Y-%m-%d %H:%M}, after the logs end "
            f"({observed_until:%Y-%m-%d %H:%M}); take an as-of at or before {latest:%Y-%m-%d %H:%M}"
        )


def labels_in(
    config: Config, tables: Mapping[str, ir.Table], observed_until: datetime, cutoff: datetime, asked: ir.Table
) -> ir.Table:
    """``labels`` of tables, or of stand-ins for them. asked: the users."""
    begin = ahead(config, cutoff, config.churn.gap_days)
    rows = activity_rows(tables, config.churn.activity, ("user_id", "time"))
    furthest = min(ahead(config, begin, longest(config)), observed_until)
    active = _within(rows, begin, furthest).group_by("user_id").aggregate(came=lambda t: t.time.min())
    spent = _value(config, tables, begin, config.value_horizon)
    table = asked.left_join(active, "user_id").drop("user_id_right").left_join(spent, "user_id").drop("user_id_right")
    return table.select(
        "user_id",
        churned=table.came.isnull() | (table.came >= _instant(ahead(config, begin, config.horizon))),
        days_to_return=_days(config, begin, table.came),
        value=table.value.cast("float64").fill_null(0.0),
    )


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
    names = [f"active_{k}" for k in range(1, windows + 1)]

    def found(tables: Mapping[str, ir.Table], asked: ir.Table) -> ir.Table:
        rows = _within(activity_rows(tables, base.config.churn.activity, ("user_id", "time")), begin, ends[-1])
        inside = {
            name: ((rows.time >= _instant(start)) & (rows.time < _instant(end))).any()
            for name, start, end in zip(names, ends, ends[1:], strict=False)
        }
        active = rows.group_by("user_id").aggregate(**inside)
        spent = _value(base.config, tables, begin, base.config.horizon * windows)
        both = asked.left_join(active, "user_id").drop("user_id_right").left_join(spent, "user_id")
        table = both.drop("user_id_right")
        return table.select(
            "user_id",
            **{name: table[name].fill_null(False) for name in names},
            value=table.value.cast("float64").fill_null(0.0),
        )

    return _answer(base, users, found)


def _answer(base: UserBase, users: pa.Table, build: Callable[[Mapping[str, ir.Table], ir.Table], ir.Table]) -> pa.Table:
    """What is built over the tables and the users, by the engine that is configured."""
    put(base.con, "asked", users.select(["user_id"]))
    asked = ibis.table({"user_id": next(iter(base.tables.values())).user_id.type()}, name="asked")
    if base.config.engine.kind == "spark":
        return prepare(base.config, base.con, base.tables, build(stand_ins(base.tables), asked)).run(base.con)
    return read(base.con, str(ibis.to_sql(build(base.tables, asked), dialect="duckdb")))


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
