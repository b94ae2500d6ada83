"""Ibis's compiler for Spark, changed to give DuckDB's values where Spark's differ."""

import math

import ibis
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from features.engine.duckdb_session import AT_ZONE


def compile(table: ir.Table) -> str:
    """The Spark SQL of an expression; needs pyspark, see ``spark_session.start``."""
    _ = ibis.pyspark  # registers options that the compiler reads
    return _Compiler().to_sqlglot(table).sql("spark")


class _Compiler(PySparkCompiler):
    __slots__ = ()

    def visit_CountStar(self, op, *, arg, where):
        """Ibis makes it a sum, which is null over no rows."""
        return (
            super().visit_CountStar(op, arg=arg, where=None)
            if where is None
            else self.f.count(self.if_(where, 1, NULL))
        )

    def visit_NonNullLiteral(self, op, *, value, dtype):
        """In Spark the literal 0.1 is a decimal, and so is a sum divided by it."""
        if dtype.is_floating() and math.isfinite(value):
            return self.cast(repr(float(value)), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_ScalarUDF(self, op, **given):
        """DuckDB's ``timezone(zone, instant)``, what a clock in the zone shows."""
        if op.__func_name__ == AT_ZONE and op.dtype.timezone is None:
            return self.f.convert_timezone(sge.convert("UTC"), given["zone"], self.cast(given["at"], op.dtype))
        return super().visit_ScalarUDF(op, **given)

    def visit_Divide(self, op, *, left, right):
        """In Spark the quotient of decimals is a decimal with few places."""
        left = self.cast(left, ibis.dtype("float64")) if op.left.dtype.is_decimal() else left
        right = self.cast(right, ibis.dtype("float64")) if op.right.dtype.is_decimal() else right
        return super().visit_Divide(op, left=left, right=right)
