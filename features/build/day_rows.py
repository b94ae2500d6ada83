"""Rows of a user and a day, which are worked out once and kept: what a day's rows come to, and columns from them.

A day is one of the zone's calendar, so at a cutoff at midnight every border of whole days falls between two of them.
What is kept of a day names no cutoff: times are those on the wall, in microseconds, and become days ago only when they
are asked for. Columns come out as from the rows themselves, to the last digit: counts, extremes and sums of integers
and decimals, in windows of whole days. All else (decays by the exact time, medians, different values, sums of floats)
is told from the rows, as without.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from features.build.ladder import (
    COUNTS,
    INTERVAL,
    Apart,
    Window,
    again,
    intervals,
    parts,
    pays,
    put_together,
    taken,
)
from features.build.past import DAY_MICROSECONDS
from features.partials.shelf import ON, WALL, DayRows
from features.wall_clock import day_of, on_the_wall


@dataclass(frozen=True)
class DayView:
    """The same at a cutoff. table: ``day``, 1 for the last one before it, in place of ON; extremes of the time are days
    ago."""

    table: ir.Table
    rows_a_user: float

    def has(self, node: ops.Node) -> bool:
        return isinstance(node, ops.Reduction) and part_name(node) in self.table.columns

    def latest(self, kinds: Mapping[str, ir.Value]) -> ir.Table | None:
        """``user_id``, ``day`` and the least of these days ago, by name; None where one of them is not kept."""
        nodes = {name: value.op() for name, value in kinds.items()}
        if not all(self.has(node) for node in nodes.values()):
            return None
        return self.table.select("user_id", "day", **{name: self.table[part_name(one)] for name, one in nodes.items()})

    def active(self) -> ir.Table | None:
        """``user_id``, ``step`` (the day), ``last`` and ``first``, days ago; None where they are not kept."""
        ago = ibis.table({"days_ago": "float64"}, name="rows").days_ago
        found = self.latest({"last": ago.min(), "first": ago.max()})
        return None if found is None else found.rename(step="day")


def part_name(node: ops.Reduction) -> str:
    """The name under which a reduction over a day's rows is kept: the same for the same, in every process."""
    kind = "ago" if _extreme_age(node) else "part"
    return f"{kind}_{hashlib.sha256(_text(node).encode()).hexdigest()[:16]}"


def keepable(node: ops.Reduction, columns: Mapping[str, Any]) -> bool:
    """Whether a day's part of a reduction depends on nothing but the day's rows, and adds up exactly.

    columns: of the rows whose values are the same at every cutoff.
    """
    values = [*node.args[1:], *(() if _extreme_age(node) else node.args[:1])]
    fields = {one.name for value in values if isinstance(value, ops.Value) for one in _fields(value)}
    return fields <= columns.keys() and not (isinstance(node, ops.Sum) and node.arg.dtype.is_floating())


def kept_part(rows: ir.Table, node: ops.Reduction) -> ir.Value:
    """A reduction over rows with WALL in place of days ago, as it is kept."""
    if _extreme_age(node):
        other = ops.Max if isinstance(node, ops.Min) else ops.Min
        where = _over(rows, node.where) if node.where is not None else None
        return other(rows[WALL].op(), where=where).to_expr()
    if isinstance(node, ops.CountStar):
        where = _over(rows, node.where) if node.where is not None else None
        return ops.CountStar(rows.op(), where=where).to_expr()
    value = _over(rows, node).to_expr()
    return value.cast("int64") if value.type().is_integer() else value


def at_moment(days: DayRows, moment: ir.Table, zone: str, asked: ir.Table | None = None) -> DayView:
    """What is kept of the days before the cutoff, which is a midnight of the zone. asked: the users to keep."""
    now = moment.select(now=on_the_wall(moment.cutoff, zone))
    rows = days.table.cross_join(now)
    names = [name for name in days.table.columns if name.startswith("ago_")]
    ago = {name: (rows.now - rows[name]).cast("float64") / DAY_MICROSECONDS for name in names}
    rows = rows.mutate(day=day_of(rows.now).cast("int64") - rows[ON], **ago)
    rows = rows.filter(rows.day >= 1).drop("now", ON)
    return DayView(rows if asked is None else rows.semi_join(asked, "user_id"), days.rows_a_user)


def from_days(
    view: DayView, columns: Mapping[str, ir.Value], windows: Mapping[str, Window], lean: ir.Table
) -> tuple[ir.Table | None, list[str]]:
    """Columns by user, of those that days tell; and the names of the others. See ``ladder.laddered``."""
    found = {}
    for name, value in columns.items():
        apart = taken(value, windows, lean, ages=True)
        if apart is not None and _told(apart, view):
            found[name] = apart
    others = [name for name in columns if name not in found]
    if not found:
        return None, others
    nodes, borders = parts(found)
    names = {node: part_name(node) for node in nodes}
    kept = dict.fromkeys(names.values())
    rows = view.table.select("user_id", "day", *kept)
    rows = rows.mutate(**{names[node]: rows[names[node]].cast("float64") for node in nodes if isinstance(node, COUNTS)})
    small = intervals(rows, rows.day, borders)
    if pays(view.rows_a_user, found, plain=False):
        by = {name: again(small, node, name) for node, name in names.items()}
        small = small.group_by("user_id", INTERVAL).aggregate(**by)
    return put_together(columns, found, small, names), others


def _told(apart: Apart, view: DayView) -> bool:
    """Whether days tell a column: its parts are kept, and no border lies within a day."""
    return all(view.has(one.inner) and all(float(days).is_integer() for days in one.borders) for one in apart.values())


def _extreme_age(node: ops.Node) -> bool:
    """Whether it is the least or most of the days ago themselves."""
    return isinstance(node, (ops.Min, ops.Max)) and isinstance(node.arg, ops.Field) and node.arg.name == "days_ago"


def _fields(value: ops.Value) -> list[ops.Field]:
    return list(value.find(ops.Field, filter=ops.Value))


def _over(rows: ir.Table, node: ops.Value) -> ops.Value:
    return node.replace({one: rows[one.name].op() for one in _fields(node)}, filter=ops.Value)  # type: ignore[no-any-return]


def _text(node: Any) -> str:
    """An expression in words that do not depend on what its rows are called."""
    if isinstance(node, ops.Field):
        return node.name
    if isinstance(node, ops.Relation):
        return "rows"
    if isinstance(node, ops.Node):
        return f"{type(node).__name__}({', '.join(map(_text, node.args))})"
    if isinstance(node, tuple):
        return f"({', '.join(map(_text, node))})"
    return repr(node)
