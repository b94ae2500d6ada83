"""Ids as text: how those of two tables are compared, whatever type their files give them."""

import ibis
import ibis.expr.types as ir

from features.engine.duckdb_session import finite

EXACT = 2**53  # floats from it on skip whole numbers
FLOAT = r"^(-?(?:0|[1-9]\d{0,17}))\.0$"  # a whole number that was once in a column of floats


def id_text(value: ir.Value) -> ir.Value:
    """7, 7.0 and " 7" as "7", "007" as it is; null where there is none, or one that may be any of several."""
    if value.type().is_floating() or value.type().is_decimal():
        if value.type().is_floating():
            value = ibis.ifelse(inexact(value), None, finite(value))
        whole = value.try_cast("int64")
        value = ibis.ifelse(whole == value, whole.cast("string"), value.cast("string"))
    return without_zero(value.cast("string").strip().nullif(""))  # type: ignore[union-attr]


def inexact(value: ir.Value) -> ir.BooleanValue:
    """Whether it is a float so large that it stands for several whole numbers."""
    if not value.type().is_floating():
        return ibis.literal(False)
    return (finite(value).abs() >= EXACT).fill_null(False)  # type: ignore[union-attr,no-any-return]


def without_zero(value: ir.Value) -> ir.Value:
    """A text without the ".0" of a whole number."""
    return ibis.ifelse(value.endswith(".0"), value.re_replace(FLOAT, r"\1"), value)  # type: ignore[union-attr]
