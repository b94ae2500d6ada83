"""From rows to one value per user: all columns of one source of rows come from one group-by over one scan."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.build.day_rows import DayView, from_days, keepable, part_name
from features.build.ladder import Window, laddered, taken
from features.catalogue.feature import FLAGS, WEIGHT_UNIT, FeatureColumn, steps_a_day
from features.config import Config


def aggregates(
    columns: Sequence[FeatureColumn],
    views: Mapping[str, ir.Table],
    config: Config,
    rows_a_user: Mapping[str, float] | None = None,
    days: Mapping[str, DayView] | None = None,
) -> dict[tuple[str, str], ir.Table]:
    """One table of ``user_id`` and columns for every source of rows that the columns need, by table and ``per``.

    rows_a_user: in the mean, of the tables whose rows may go by way of ``ladder``. days: what is kept of tables by
    user and day, see ``day_rows``. Either way, the values are the same.
    """
    sources: dict[str, dict[str, list[FeatureColumn]]] = {}
    for column in columns:
        sources.setdefault(_home(column, config), {}).setdefault(column.feature.per, []).append(column)
    found = {}
    for table, groups in sources.items():
        if "gap" in groups and steps_a_day(config.horizon) == 1:  # then the steps of gaps are days, so both share rows
            groups["gap"] += groups.pop("day", [])
        kinds = {column.kind: None for group in groups.values() for column in group if column.kind is not None}
        view = views[table].mutate(**{_ago(kind): _of_kind(views[table], kind) for kind in kinds})
        view = view.alias(f"{table}_rows")  # or Ibis would compute it again for each group
        for per, group in groups.items():
            a_user = (rows_a_user or {}).get(table, 0.0) if per == "row" else 0.0
            kept = (days or {}).get(table)
            source = _rows(group, view, kinds, config, kept)
            found[table, per] = _aggregate(group, source, config, a_user, kept if per == "row" else None)
    return found


def parts_of_days(
    columns: Sequence[FeatureColumn], view: ir.Table, config: Config, same: Mapping[str, Any]
) -> dict[str, ops.Reduction]:
    """What is to be kept of a day so that it tells these columns of one table, by name: reductions over the rows of a
    user. Columns that need more than that are passed over. same: columns whose values are the same at every cutoff."""
    kinds = {column.kind: None for column in columns if column.kind is not None}
    view = view.mutate(**{_ago(kind): _of_kind(view, kind) for kind in kinds})
    asked = _asked([column for column in columns if column.feature.per == "row"], view, config)
    nodes = [value.op() for value in (view.days_ago.max(), *_latest_agos(view, kinds).values())]
    for value in asked.found.values():
        apart = taken(value, asked.windows, asked.lean, ages=True) or {}
        nodes += [one.inner for one in apart.values()]
    return {part_name(node): node for node in dict.fromkeys(nodes) if keepable(node, same)}


def _latest_agos(rows: ir.Table, kinds: Iterable[str]) -> dict[str, ir.Value]:
    """How long ago the last row of a user was, and the last of each kind, by the name that the rows of a day have."""
    flagged = rows.mutate(**{_where(kind): rows.event == kind for kind in kinds})
    of_kinds = {_ago(kind): flagged.days_ago.min(where=flagged[_where(kind)]) for kind in kinds}
    return {_ago(): rows.days_ago.min(), **of_kinds}


def flags_of_days(rows: ir.Table, columns: Iterable[FeatureColumn], config: Config) -> ir.Table:
    """Rows with the conditions that ``parts_of_days`` asks for and that are the same at every cutoff."""
    found: dict[str, ir.Value] = {}
    for column in columns:
        for which in ("step", "post", "reply"):
            if which in column.feature.takes and (value := _flag_value(which, column, rows, config)) is not None:
                found[which] = value
        if column.kind is not None:
            found[_where(column.kind)] = (rows.event == column.kind).fill_null(False)
    return rows.mutate(**found)


def _where(kind: str) -> str:
    return f"where__{kind}"


def _home(column: FeatureColumn, config: Config) -> str:
    """The table of a column. Where activity is all rows of one table, use that table, to scan it once."""
    table = str(column.feature.table)
    return (activity_table(config) or table) if table == "activity" else table


def activity_table(config: Config) -> str | None:
    """The table whose rows are what counts as activity, all of them and no others; None where there is none."""
    activity = config.churn.activity
    if len(activity) > 1 or activity[0] not in config.tables:
        return None
    return None if activity[0] == "orders" and config.tables["orders"].refunds else activity[0]


def _rows(
    columns: list[FeatureColumn], view: ir.Table, kinds: Iterable[str], config: Config, days: DayView | None
) -> ir.Table:
    """The rows that columns aggregate: the rows of the table, or one row per gap, run or distinct value."""
    per, fine = columns[0].feature.per, steps_a_day(config.horizon)
    if per == "row":
        return view
    kept = days.latest(_latest_agos(view, kinds)) if days is not None else None
    if per in ("gap", "run"):
        by_day = kept is not None and fine == 1
        gaps = _gaps_between(kept.rename(at="day"), fine) if by_day else _gaps(view, fine, kinds)  # type: ignore[union-attr]
        return gaps if per == "gap" else _runs(gaps, fine)
    kept = kept if per == "day" else None  # which has one row per day
    rows: ir.Table = view if kept is None else kept
    if all("inside" in column.feature.takes for column in columns):
        rows = rows.filter(rows.days_ago <= max(column.days or 0.0 for column in columns))
    return _latest(rows.filter(rows[per].notnull()), per, kinds) if kept is None else rows


def _latest(rows: ir.Table, by: str, kinds: Iterable[str]) -> ir.Table:
    """One row per user and distinct value: ``days_ago`` of the latest row with it, and of the latest of each kind."""
    return rows.group_by("user_id", by).aggregate(**{ago: rows[ago].min() for ago in (_ago(), *map(_ago, kinds))})


def _gaps(view: ir.Table, fine: int, kinds: Iterable[str]) -> ir.Table:
    """One row per active step of a user, ``fine`` of them a day, with the gap to the active step before it.

    Days times a whole number are exact at whole hours; days divided by a 24th are not.
    """
    return _gaps_between(_latest(view.mutate(at=(view.days_ago * fine).ceil().cast("int64")), "at", kinds), fine)


def _gaps_between(steps: ir.Table, fine: int) -> ir.Table:
    user = ibis.window(group_by=steps.user_id, order_by=steps["at"])
    gap = steps["at"].lead().over(user) - steps["at"]
    return steps.mutate(
        run=steps["at"] - ibis.row_number().over(user),  # the same for consecutive steps
        ended=steps["at"] / fine,
        days=gap / fine,
        hours=gap * (24 // fine),
        silence=steps["at"].min().over(ibis.window(group_by=steps.user_id)) / fine,
    )


def _runs(gaps: ir.Table, fine: int) -> ir.Table:
    """One row per run of two or more consecutive active steps."""
    close = gaps.filter(gaps.hours == 24 // fine)
    return close.group_by("user_id", "run").aggregate(steps=close.count() + 1)


@dataclass(frozen=True)
class _Asked:
    """Columns as values over rows. windows: which of the rows' columns are windows. lean: the rows without these."""

    rows: ir.Table
    found: dict[str, ir.Value]
    windows: dict[str, Window]
    lean: ir.Table


def _asked(columns: Sequence[FeatureColumn], source: ir.Table, config: Config) -> _Asked:
    flags = {  # conditions that several columns share, computed once
        _flag(which, column): _flag_value(which, column, source, config)
        for column in columns
        for which in FLAGS
        if which in column.feature.takes
    }
    flags_there = {name: value for name, value in flags.items() if value is not None}
    rows = source.mutate(**flags_there)
    found = {}
    for column in columns:
        takes = column.feature.takes
        given: dict[str, Any] = {"days": column.days, "horizon": config.horizon, takes[0]: rows}
        for which in takes:
            if _flag(which, column) in flags:
                given[which] = None if flags[_flag(which, column)] is None else rows[_flag(which, column)]
        value = column.feature.function(**{name: given[name] for name in takes})
        found[column.name] = value.cast(column.feature.dtype)
    inside = {_flag("inside", column): column for column in columns if "inside" in column.feature.takes}
    of = {name: _flag("where", column) for name, column in inside.items() if column.kind is not None}
    windows = {name: Window(column.days or 0.0, of.get(name)) for name, column in inside.items()}
    others = {name: value for name, value in flags_there.items() if name not in inside}
    # The kind by its name: its time, which tells the same, is not needed then.
    if "event" in source.columns:
        others |= {of[name]: source.event == column.kind for name, column in inside.items() if name in of}
    return _Asked(rows, found, windows, source.mutate(**others))


def _aggregate(
    columns: Sequence[FeatureColumn], source: ir.Table, config: Config, rows_a_user: float, days: DayView | None = None
) -> ir.Table:
    asked = _asked(columns, source, config)
    if days is not None:
        told, others = from_days(days, asked.found, asked.windows, asked.lean)
        if told is not None:
            if not others:
                return told
            rest = _aggregate([column for column in columns if column.name in others], source, config, rows_a_user)
            return told.inner_join(rest, "user_id").select("user_id", *asked.found)
    merged = laddered(asked.rows, asked.found, asked.windows, asked.lean, rows_a_user) if rows_a_user else None
    return asked.rows.group_by("user_id").aggregate(**asked.found) if merged is None else merged


def _ago(kind: str | None = None) -> str:
    return "days_ago" if kind is None else f"days_ago__{kind}"


def _of_kind(view: ir.Table, kind: str) -> ir.Value:
    return ibis.ifelse(view.event == kind, view.days_ago, None)


def _flag(which: str, column: FeatureColumn) -> str:
    """The name of a flag, with the window or half-life and the kind of event if it depends on them."""
    if which in ("inside", "weight"):
        return f"{which}_{column.days}__{column.kind}"
    return _where(column.kind or "None") if which == "where" else which


def _flag_value(which: str, column: FeatureColumn, rows: ir.Table, config: Config) -> ir.Value | None:
    if which == "inside":
        return rows[_ago(column.kind)] <= column.days
    if which == "weight":
        return weight(rows[_ago(column.kind)], column.days or 0.0)
    if which == "where":
        return None if column.kind is None else rows[_ago(column.kind)].notnull()
    if which == "step":
        steps = enumerate(config.funnel.steps, 1)
        return ibis.cases(*((rows.event == kind, number) for number, kind in steps), else_=ibis.null("int64"))
    return rows.event == getattr(config.community, which)


def weight(ago: ir.Value, half_life: float) -> ir.Value:
    """2^(-ago / half-life) as a whole number of ``1 / WEIGHT_UNIT``, so that sums do not depend on the order.

    By way of e, which takes half the time that the power of two does; of a million whole numbers, a few differ by one.
    """
    return (math.log(WEIGHT_UNIT) - ago * (math.log(2) / half_life)).exp().round().cast("int64")  # type: ignore[union-attr]
