"""The tables of the logs counted by hour and by day, backwards from a date: what freshness and volumes are told by.

A day is 24 hours that end at the date's time of day, so that the newest one is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np

from features.catalogue.input_tables import BESIDE, CONTRACTS, IDENTITIES
from features.user_base import UserBase

HOUR = 3_600_000_000  # microseconds
APART = {"users", IDENTITIES, *BESIDE}  # tables that tell what is, not what happened
NUMBERS = ("money", "number", "integer")


@dataclass(frozen=True)
class DayCounts:
    """A table's last days, the newest first; arrays of shape (days,) or, by hour, (24 · days,).

    rows, hours: how many rows. level: by number column, the
    geometric mean of the values other than 0, NaN where there is none. missing: by column, the share without a value,
    NaN on a day without rows. newest: the time of the last row before the date; None where there is none.
    """

    table: str
    newest: datetime | None
    rows: np.ndarray
    hours: np.ndarray
    level: Mapping[str, np.ndarray]
    missing: Mapping[str, np.ndarray]


def day_counts(base: UserBase, at: datetime, days: int) -> dict[str, DayCounts]:
    """Every table of the logs over so many days before ``at``. Reads each table once or twice."""
    return {name: _counted(base, name, table, at, days) for name, table in base.tables.items() if name not in APART}


def copies(base: UserBase, name: str, at: datetime) -> float:
    """Which share of a table's rows of the day before ``at`` are exact copies of others; 0 of a day without rows."""
    rows = within(base.tables[name], at, 1)
    counted, different = (int(base.con.to_pyarrow(one.count()).as_py()) for one in (rows, rows.distinct()))
    return 1 - different / counted if counted else 0.0


def ago(at: datetime, table: ir.Table, hours: int) -> ir.Value:
    """How many steps of so many hours a row lies before ``at``, from 0 on."""
    passed = ibis.literal(at, "timestamp(6)").delta(table.time, unit="microsecond")
    return ((passed - 1) // (HOUR * hours)).cast("int64")


def within(table: ir.Table, at: datetime, days: float) -> ir.Table:
    """The rows of the last days before ``at``."""
    begin = at - timedelta(days=days)
    return table.filter(
        (table.time >= ibis.literal(begin, "timestamp(6)")) & (table.time < ibis.literal(at, "timestamp(6)"))
    )


def _counted(base: UserBase, name: str, table: ir.Table, at: datetime, days: int) -> DayCounts:
    kinds = {one.name: one for one in CONTRACTS[name].columns if one.name in table.columns and one.name != "user_id"}
    numbers = [column for column, one in kinds.items() if one.kind in NUMBERS]
    optional = [column for column, one in kinds.items() if not one.needed and one.kind != "time"]
    rows = within(table, at, days)
    wanted = {"rows": rows.count()}
    for column in numbers:
        size = rows[column].cast("float64").abs()
        wanted[f"level {column}"] = ibis.ifelse(size > 0, size, ibis.null("float64")).ln().mean().exp()
    wanted |= {f"missing {column}": rows[column].isnull().mean() for column in optional}
    by_day = _read(base, rows.group_by(step=ago(at, rows, 24)).aggregate(**wanted))
    by_hour = _read(base, rows.group_by(step=ago(at, rows, 1)).aggregate(rows=rows.count()))
    before = table.filter(table.time < ibis.literal(at, "timestamp(6)"))
    return DayCounts(
        table=name,
        newest=base.con.to_pyarrow(before.time.max()).as_py(),
        rows=_laid(by_day, "rows", days),
        hours=_laid(by_hour, "rows", 24 * days),
        level={column: _laid(by_day, f"level {column}", days, np.nan) for column in numbers},
        missing={column: _laid(by_day, f"missing {column}", days, np.nan) for column in optional},
    )


def _read(base: UserBase, query: ir.Table) -> dict[str, np.ndarray]:
    found = base.con.to_pyarrow(query)
    return {name: found[name].to_numpy().astype(float) for name in found.column_names}


def _laid(found: Mapping[str, np.ndarray], name: str, steps: int, empty: float = 0.0) -> np.ndarray:
    laid = np.full(steps, empty)
    laid[found["step"].astype(int)] = found[name]
    return laid
