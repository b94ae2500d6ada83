"""Finds amounts that have more decimals than are kept, so that none is rounded without a word."""

from collections.abc import Iterable, Iterator, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue.input_tables import CONTRACTS
from features.config.table_source import TableSource
from features.notations.text_values import number

MARK = "=lost_"
MOST = 8  # what ``digits`` may be
WIDE = "decimal(38, 18)"
# What floats are off by, as a share of the value: 0.1 + 0.2 has no more decimals than 0.3.
ROUGH = {"float32": 1e-6, "float64": 1e-12}


def lost(source: TableSource, name: str, table: ir.Table, values: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """For every column of money that can lose decimals, under a name of its own: 1 where it did, 2 where nothing is
    left of it, else 0. table: raw. values: what ``typed`` makes of it."""
    found = {}
    for column in (one.name for one in CONTRACTS[name].columns if one.kind == "money" and one.name in values):
        kept = values[column]
        raw = table[f"={column}"] if f"={column}" in table.columns else table[column]
        if (test := rounded(raw, kept, source)) is not None:
            test = test.fill_null(False)
            found[MARK + column] = ibis.cases((test & (kept == 0), 2), (test, 1), else_=0)
    return found


def counts(table: ir.Table, of: Iterable[str]) -> dict[str, ir.Value]:
    """For every column that ``lost`` gave to a table: rows that lost decimals, and under its name and "0" those of
    which nothing is left."""
    return {name + end: (table[name] > least).sum() for name in of for end, least in (("", 0), ("0", 1))}


def each(lost: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """What ``counts`` adds up, of a row."""
    return {
        name + end: (value > least).cast("int64")  # type: ignore[operator]
        for name, value in lost.items()
        for end, least in (("", 0), ("0", 1))
    }


def told(counted: Mapping[str, int], of: Iterable[str], values: Mapping[str, ir.Value]) -> Iterator[str]:
    """A line for every column that lost decimals. of: the names that ``lost`` gave. counted: what ``counts``
    came to."""
    for one in (one for one in of if counted[one]):
        column, nothing = one.removeprefix(MARK), counted[f"{one}0"]
        places = values[column].type().scale  # type: ignore[attr-defined]
        yield (
            f"{column}: {counted[one]:,} have more than {places} decimals and are rounded"
            + (f", {nothing:,} of them to 0" if nothing else "")
            + (f"; digits = {MOST} would keep {MOST}" if places < MOST else "")
        )


def rounded(raw: ir.Value, kept: ir.Value, source: TableSource) -> ir.BooleanValue | None:
    """Whether a value lost decimals; None where those of its type cannot.

    raw: as it came, text as the table says it is written. kept: the same as a decimal, null where it is none.
    """
    dtype, places = raw.type(), kept.type().scale  # type: ignore[attr-defined]
    if dtype.is_decimal():
        return raw != kept if dtype.scale is None or dtype.scale > places else None  # type: ignore[attr-defined]
    if dtype.is_floating():
        bound = raw.abs() * ROUGH.get(str(dtype.copy(nullable=True)), 1e-2)  # type: ignore[attr-defined]
        return (raw.cast("float64") - kept.cast("float64")).abs() > bound  # type: ignore[operator]
    if not dtype.is_string():
        return None
    point = raw.find(source.decimal or ".")  # type: ignore[attr-defined]
    # Places are counted first, which costs little; only long values are read once more.
    long = (point >= 0) & (raw.length() - point - 1 > places)  # type: ignore[attr-defined]
    long = long | (raw.find("e-") >= 0) | (raw.find("E-") >= 0)  # type: ignore[attr-defined]
    return ibis.ifelse(long, number(ibis.ifelse(long, raw, None), source, WIDE) != kept, False)  # type: ignore[return-value]
