"""The only door to the tables: rows before the cutoff, and no timestamp left that could tell of anything after it."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

MICROSECONDS = 86_400_000_000


def past(
    tables: Mapping[str, ir.Table], moment: ir.Table, activity: Sequence[str], asked: ir.Table | None = None
) -> dict[str, ir.Table]:
    """Every table as it stood at the cutoff.

    moment: one row, whose ``cutoff`` is the UTC instant (a table, no literal, so that compiled SQL serves any cutoff).
    activity: whose rows count as being here: tables, or ``events:<kind>``. asked: the users wanted; default all.

    Rows have ``time < cutoff`` and, if there is one, ``known_at < cutoff``. ``time`` becomes ``days_ago``, fractional
    days before it (> 0); other timestamps ``…_at`` become ``…_days_ago``, null where at or after the cutoff.
    ``day`` is ``ceil(days_ago)``: 1 for the last 24 hours. The further table ``activity`` holds user_id, days_ago, day.
    """
    views = {name: _view(table, moment, asked) for name, table in tables.items()}
    return views | {"activity": activity_rows(views, activity, ("user_id", "days_ago", "day"))}


def activity_rows(tables: Mapping[str, ir.Table], activity: Sequence[str], columns: Sequence[str]) -> ir.Table:
    """The rows that count as being here: of each table, of one kind of event, and never a refund."""
    rows = []
    for entry in activity:
        name, _, kind = entry.partition(":")
        table = tables[name]
        if kind:
            table = table.filter(table.event == kind)
        if name == "orders":
            table = table.filter(~table.refund)
        rows.append(table.select(*columns))
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def _view(table: ir.Table, moment: ir.Table, asked: ir.Table | None) -> ir.Table:
    if asked is not None:
        table = table.semi_join(asked, "user_id")
    view = table.cross_join(moment.select("cutoff"))
    instants = [name for name, dtype in table.schema().items() if dtype.is_timestamp()]
    if "time" in instants:
        view = view.filter(view.time.isnull() | (view.time < view.cutoff))
    if "known_at" in instants:
        view = view.filter(view.known_at.isnull() | (view.known_at < view.cutoff))
    ago = {name: _days(view[name], view.cutoff) for name in instants if name != "known_at"}
    if "time" in ago:
        days_ago = ago.pop("time")
        view = view.mutate(days_ago=days_ago, day=days_ago.ceil().cast("int64"))
    view = view.mutate(
        **{_ago_name(name): ibis.ifelse(view[name] < view.cutoff, value, None) for name, value in ago.items()}
    )
    return view.drop("cutoff", *instants)


def _days(at: ir.Value, cutoff: ir.Value) -> ir.Value:
    """Exact at whole days: microseconds are integers, and their quotient is rounded once."""
    return cutoff.delta(at, unit="microsecond").cast("float64") / MICROSECONDS  # type: ignore[union-attr]


def _ago_name(name: str) -> str:
    return name.removesuffix("_at").removesuffix("_time") + "_days_ago"
