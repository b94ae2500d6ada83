"""Windows as a ladder: each row falls into one interval between two borders, so rows are grouped by user and interval
first, and every window is built from the few rows that are left of a user.

The result is that of one group-by with a condition for each window: counts, extremes and sums of integers and decimals
exactly, sums of floats but for the order of their terms. What cannot be put together from parts (medians, different
values), or takes longer so (the amount of the last order), is told from the rows themselves, beside the others. Spark
takes the same way: 100 columns of a million events at 40 a user took .61 of the time of conditions there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

# `python benchmarks/bench_ladder.py` prints, by rows a user and set of columns, how long both ways take and which of
# them is chosen. With 100 windowed columns the ladder takes .87 of the time at 10 rows, .68 at 40 and .61 at 200; the
# catalogue breaks even at 100 rows, the 14 of RFM never. What one more grouping costs, in aggregates of one row:
GROUPING = 15
# So many rows fall into one interval even where there are far more intervals than rows, since people come in bursts.
# Simulated users, each visit of three events, have rows in 2.4 of 11 intervals at 10 rows, 5.6 at 40 and 9.0 at 200.
BURST = 3
INTERVAL, WITHIN = "interval", "within"  # names of columns that no row has

Outer = Callable[[ir.Table, str, ir.BooleanValue | None], ir.Value]


@dataclass(frozen=True)
class Window:
    """What a column of rows stands for that is true inside a window.

    days: up to how long ago. of: the column with the further condition; None where there is none.
    """

    days: float
    of: str | None = None


@dataclass(frozen=True)
class _Taken:
    """A reduction taken apart. inner: the same without its windows. days: the narrowest of these; None: all rows."""

    inner: ops.Reduction
    days: float | None


def laddered(
    rows: ir.Table, columns: Mapping[str, ir.Value], windows: Mapping[str, Window], lean: ir.Table, rows_a_user: float
) -> ir.Table | None:
    """``rows.group_by("user_id").aggregate(**columns)`` by way of intervals; None where that would take longer.

    rows: with ``user_id``, ``days_ago`` and the columns that ``windows`` describes, by name. columns: aggregates of
    rows. lean: the same rows without these columns. rows_a_user: how many rows a user has, in the mean; infinite to
    take this way wherever it can be taken.
    """
    taken = {name: found for name, value in columns.items() if (found := _taken(value, windows, lean)) is not None}
    plain = {name: value for name, value in columns.items() if name not in taken}
    whole = {node: one for found in taken.values() for node, one in found.items()}
    inner = {node: f"part_{number}" for number, node in enumerate(dict.fromkeys(one.inner for one in whole.values()))}
    borders = sorted({one.days for one in whole.values() if one.days is not None})
    if not borders or not _pays(rows_a_user, len(whole), len(inner), len(borders), bool(plain)):
        return None
    steps = [(lean.days_ago <= days, number) for number, days in enumerate(borders)]
    lean = lean.mutate(**{INTERVAL: ibis.cases(*steps, else_=len(borders))})
    small = lean.group_by("user_id", INTERVAL).aggregate(**{name: _part(lean, node) for node, name in inner.items()})
    small = small.mutate(**{f"{WITHIN}_{number}": small[INTERVAL] <= number for number in range(len(borders))})
    outer = {}
    for node, one in whole.items():
        keep = None if one.days is None else small[f"{WITHIN}_{borders.index(one.days)}"]
        outer[node] = _merged(one.inner, small, inner[one.inner], keep).op()
    merged = {name: columns[name].op().replace(outer, filter=ops.Value).to_expr() for name in taken}
    found = small.group_by("user_id").aggregate(**merged)
    if not plain:
        return found
    return found.inner_join(rows.group_by("user_id").aggregate(**plain), "user_id").select("user_id", *columns)


def _pays(rows_a_user: float, whole: int, inner: int, borders: int, plain: bool) -> bool:
    """Whether the ladder is faster, by aggregates that are updated for each user: directly, all of them for every row;
    by the ladder, the inner ones for every row and all of them for every interval."""
    if rows_a_user == float("inf"):
        return True
    most = borders + 1
    intervals = max(1.0, rows_a_user * most / (rows_a_user + BURST * most))  # of a user, with rows in them
    first = rows_a_user * (inner + GROUPING * (1 + plain))
    return first + intervals * (whole + GROUPING) < rows_a_user * whole


def _taken(value: ir.Value, windows: Mapping[str, Window], lean: ir.Table) -> dict[ops.Node, _Taken] | None:
    """The reductions of a value, taken apart; None where one of them cannot be put together from parts."""
    found: dict[ops.Node, _Taken] = {}
    for node in value.op().find((ops.Reduction, ops.WindowFunction), filter=ops.Value):
        if type(node) not in _MERGED:
            return None
        kept, days = [], []
        for condition in _conditions(node.where):
            window = windows.get(condition.name) if isinstance(condition, ops.Field) else None
            if window is None:
                kept.append(condition)
            else:
                days.append(window.days)
                kept += [lean[window.of].op()] if window.of else []
        where = reduce(and_, (one.to_expr() for one in dict.fromkeys(kept))).op() if kept else None
        inner = node.copy(where=where)
        if any(one.name in windows for one in inner.find(ops.Field, filter=ops.Value)):
            return None
        found[node] = _Taken(inner, min(days, default=None))
    return found


def _conditions(where: ops.Value | None) -> Iterator[ops.Value]:
    """The conditions that all must hold."""
    if isinstance(where, ops.And):
        yield from _conditions(where.left)
        yield from _conditions(where.right)
    elif where is not None:
        yield where


def _part(lean: ir.Table, node: ops.Reduction) -> ir.Value:
    """The reduction over the rows of an interval."""
    fields = {one: lean[one.name].op() for one in node.find(ops.Field, filter=ops.Value)}
    value = node.replace(fields, filter=ops.Value)
    if isinstance(value, ops.CountStar):
        value = value.copy(arg=lean.op())
    # Floats add up in half the time of integers, and exactly up to 2^53.
    return value.to_expr().cast("float64") if isinstance(node, _COUNTS) else value.to_expr()


def _merged(node: ops.Reduction, small: ir.Table, name: str, keep: ir.BooleanValue | None) -> ir.Value:
    found = _MERGED[type(node)](small, name, keep)
    return found if found.type() == node.dtype else found.cast(node.dtype)


def _count(small: ir.Table, name: str, keep: ir.BooleanValue | None) -> ir.Value:
    return small[name].sum(where=keep).fill_null(0).cast("int64")


_COUNTS = (ops.Count, ops.CountStar)
# How the aggregate of all kept intervals comes from those of each, by kind of aggregate.
_MERGED: dict[type[ops.Node], Outer] = {
    **dict.fromkeys(_COUNTS, _count),
    ops.Sum: lambda small, name, keep: small[name].sum(where=keep),
    ops.Min: lambda small, name, keep: small[name].min(where=keep),
    ops.Max: lambda small, name, keep: small[name].max(where=keep),
    ops.Any: lambda small, name, keep: small[name].any(where=keep),
    ops.All: lambda small, name, keep: small[name].all(where=keep),
}
