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

Apart = dict[ops.Node, "Taken"]  # the reductions of a column
Outer = Callable[[ir.Table, str, ir.BooleanValue | None], ir.Value]


@dataclass(frozen=True)
class Window:
    """What a column of rows stands for that is true inside a window.

    days: up to how long ago. of: the column with the further condition; None where there is none.
    """

    days: float
    of: str | None = None


@dataclass(frozen=True)
class Taken:
    """A reduction taken apart. inner: the same without its windows. days: the narrowest of these; None: all rows.
    after: rows of up to so many days ago are left out; None: none are."""

    inner: ops.Reduction
    days: float | None
    after: float | None = None

    @property
    def borders(self) -> list[float]:
        return [days for days in (self.days, self.after) if days is not None]


def laddered(
    rows: ir.Table, columns: Mapping[str, ir.Value], windows: Mapping[str, Window], lean: ir.Table, rows_a_user: float
) -> ir.Table | None:
    """``rows.group_by("user_id").aggregate(**columns)`` by way of intervals; None where that would take longer.

    rows: with ``user_id``, ``days_ago`` and the columns that ``windows`` describes, by name. columns: aggregates of
    rows. lean: the same rows without these columns. rows_a_user: how many rows a user has, in the mean; infinite to
    take this way wherever it can be taken.
    """
    found = {name: one for name, value in columns.items() if (one := taken(value, windows, lean)) is not None}
    plain = {name: value for name, value in columns.items() if name not in found}
    inner, borders = parts(found)
    if not borders or not pays(rows_a_user, found, bool(plain)):
        return None
    lean = intervals(lean, lean.days_ago, borders)
    small = lean.group_by("user_id", INTERVAL).aggregate(**{name: _part(lean, node) for node, name in inner.items()})
    merged = put_together(columns, found, small, inner)
    if not plain:
        return merged
    return merged.inner_join(rows.group_by("user_id").aggregate(**plain), "user_id").select("user_id", *columns)


def parts(found: Mapping[str, Apart]) -> tuple[dict[ops.Reduction, str], list[float]]:
    """A name for every different reduction that columns are put together from, and the borders between intervals."""
    whole = [one for apart in found.values() for one in apart.values()]
    inner = {node: f"part_{number}" for number, node in enumerate(dict.fromkeys(one.inner for one in whole))}
    return inner, sorted({days for one in whole for days in one.borders})


def intervals(rows: ir.Table, ago: ir.Value, borders: list[float]) -> ir.Table:
    """The rows with INTERVAL: how many of the borders lie nearer than they."""
    steps = [(ago <= days, number) for number, days in enumerate(borders)]
    return rows.mutate(**{INTERVAL: ibis.cases(*steps, else_=len(borders)) if steps else ibis.literal(0)})


def put_together(
    columns: Mapping[str, ir.Value], found: Mapping[str, Apart], small: ir.Table, names: Mapping[ops.Reduction, str]
) -> ir.Table:
    """Columns by user. small: rows of a user and an interval, each reduction under the name that ``names`` has."""
    _, borders = parts(found)
    small = small.mutate(**{f"{WITHIN}_{number}": small[INTERVAL] <= number for number in range(len(borders))})

    def within(days: float) -> ir.Value:
        return small[f"{WITHIN}_{borders.index(days)}"]

    outer = {}
    for node, one in ((node, one) for apart in found.values() for node, one in apart.items()):
        kept = [] if one.days is None else [within(one.days)]
        kept += [] if one.after is None else [~within(one.after)]
        outer[node] = _merged(one.inner, small, names[one.inner], reduce(and_, kept) if kept else None).op()
    merged = {name: columns[name].op().replace(outer, filter=ops.Value).to_expr() for name in found}
    return small.group_by("user_id").aggregate(**merged)


def again(rows: ir.Table, node: ops.Reduction, name: str) -> ir.Value:
    """The reduction over rows that have it of their own rows, under this name."""
    return rows[name].sum() if isinstance(node, COUNTS) else _MERGED[type(node)](rows, name, None)


def pays(rows_a_user: float, found: Mapping[str, Apart], plain: bool) -> bool:
    """Whether the ladder is faster, by aggregates that are updated for each user: directly, all of them for every row;
    by the ladder, the inner ones for every row and all of them for every interval."""
    if rows_a_user == float("inf"):
        return True
    inner, borders = parts(found)
    whole, most = len({node for apart in found.values() for node in apart}), len(borders) + 1
    of_user = max(1.0, rows_a_user * most / (rows_a_user + BURST * most))  # intervals with rows in them
    first = rows_a_user * (len(inner) + GROUPING * (1 + plain))
    return first + of_user * (whole + GROUPING) < rows_a_user * whole


def taken(value: ir.Value, windows: Mapping[str, Window], lean: ir.Table, ages: bool = False) -> Apart | None:
    """The reductions of a value, taken apart; None where one of them cannot be put together from parts.

    ages: days ago that are compared with a number are windows, too.
    """
    found: Apart = {}
    for node in value.op().find((ops.Reduction, ops.WindowFunction), filter=ops.Value):
        if type(node) not in _MERGED:
            return None
        kept: list[ops.Value] = []
        days: list[float] = []
        after: list[float] = []
        for condition in _conditions(node.where):
            window = windows.get(condition.name) if isinstance(condition, ops.Field) else None
            age = _age(condition) if ages else None
            if window is not None:
                days.append(window.days)
                kept += [lean[window.of].op()] if window.of else []
            elif age is not None:
                (days if isinstance(condition, ops.LessEqual) else after).append(age)
            else:
                kept.append(condition)
        where = reduce(and_, (one.to_expr() for one in dict.fromkeys(kept))).op() if kept else None
        inner = node.copy(where=where)
        if any(one.name in windows for one in inner.find(ops.Field, filter=ops.Value)):
            return None
        found[node] = Taken(inner, min(days, default=None), max(after, default=None))
    return found


def _age(condition: ops.Value) -> float | None:
    """The number of days that ``days_ago <= number`` or ``days_ago > number`` compares with; None of all else."""
    if not isinstance(condition, (ops.LessEqual, ops.Greater)) or not isinstance(condition.right, ops.Literal):
        return None
    left = condition.left
    return float(condition.right.value) if isinstance(left, ops.Field) and left.name == "days_ago" else None


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
    return value.to_expr().cast("float64") if isinstance(node, COUNTS) else value.to_expr()


def _merged(node: ops.Reduction, small: ir.Table, name: str, keep: ir.BooleanValue | None) -> ir.Value:
    found = _MERGED[type(node)](small, name, keep)
    return found if found.type() == node.dtype else found.cast(node.dtype)


def _count(small: ir.Table, name: str, keep: ir.BooleanValue | None) -> ir.Value:
    return small[name].sum(where=keep).fill_null(0).cast("int64")


COUNTS = (ops.Count, ops.CountStar)
# How the aggregate of all kept intervals comes from those of each, by kind of aggregate.
_MERGED: dict[type[ops.Node], Outer] = {
    **dict.fromkeys(COUNTS, _count),
    ops.Sum: lambda small, name, keep: small[name].sum(where=keep),
    ops.Min: lambda small, name, keep: small[name].min(where=keep),
    ops.Max: lambda small, name, keep: small[name].max(where=keep),
    ops.Any: lambda small, name, keep: small[name].any(where=keep),
    ops.All: lambda small, name, keep: small[name].all(where=keep),
}
