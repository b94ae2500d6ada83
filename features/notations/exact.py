"""Works out plain arithmetic on a table's columns exactly, in decimals with eight places.

Sums, differences and products are exact to eight places, quotients rounded there, halves away from zero; money is
then rounded to its own places. What is too large for eleven digits before the point, divides by zero, or has an
operand that is no number is null.
"""

from collections.abc import Callable
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config.arithmetic import Name, Node, Operation, names

OPERAND, RESULT = "decimal(19, 8)", "decimal(28, 8)"
# In whole numbers of 128 bits: DuckDB's own division of decimals is one of floats. 10^19 * 10^8 * 2 fits.
DIVIDE = """
    CREATE OR REPLACE TEMP MACRO holdfast_quotient(a, b) AS
        (2 * 100000000 * abs(CAST(a * 100000000 AS HUGEINT)) + abs(CAST(b * 100000000 AS HUGEINT)))
        // (2 * abs(CAST(b * 100000000 AS HUGEINT)));
    CREATE OR REPLACE TEMP MACRO holdfast_divide(a, b) AS CASE WHEN b <> 0 THEN
        (CASE WHEN (a < 0) = (b < 0) THEN '' ELSE '-' END)
        || (holdfast_quotient(a, b) // 100000000)::VARCHAR || '.'
        || lpad((holdfast_quotient(a, b) % 100000000)::VARCHAR, 8, '0') END"""


@ibis.udf.scalar.builtin(name="holdfast_divide", signature=((OPERAND, OPERAND), "string"))
def _divide(a, b):
    """The quotient, as text."""


def prepare(con: Backend) -> None:
    """Tell the connection how to divide; once before any expression of it is run."""
    con.con.execute(DIVIDE)


def worked_out(node: Node, number: Callable[[str], ir.Value]) -> ir.Value:
    """An expression as a decimal with eight places. number: the column of a name, as a decimal (19, 8)."""
    return _value(node, number).try_cast(RESULT)


def written_out(node: Node, text: Callable[[str], ir.Value]) -> ir.Value:
    """An expression with its values put in, for people; null where all of them are missing. text: the column of a
    name, as text."""
    given = [text(name) for name in names(node)]
    some = given[0].notnull()
    for one in given[1:]:
        some = some | one.notnull()
    return ibis.ifelse(some, _text(node, lambda name: text(name).fill_null("(nothing)")), None)  # type: ignore[attr-defined]


def _value(node: Node, number: Callable[[str], ir.Value]) -> ir.Value:
    if isinstance(node, Name):
        return number(node.name)
    if isinstance(node, Decimal):
        return ibis.literal(str(node)).try_cast(OPERAND)
    left, right = _value(node.left, number), _value(node.right, number)
    if node.sign == "+":
        return (left.try_cast(RESULT) + right.try_cast(RESULT)).try_cast(RESULT)
    if node.sign == "-":
        return (left.try_cast(RESULT) - right.try_cast(RESULT)).try_cast(RESULT)
    left, right = left.try_cast(OPERAND), right.try_cast(OPERAND)
    if node.sign == "*":
        return (left * right).try_cast(RESULT)
    return _divide(left, right).try_cast(RESULT)  # type: ignore[operator]


def _text(node: Node, text: Callable[[str], ir.Value]) -> ir.StringValue:
    if isinstance(node, Name):
        return text(node.name)  # type: ignore[return-value]
    if isinstance(node, Decimal):
        return ibis.literal(str(node))  # type: ignore[return-value]
    left, right = _text(node.left, text), _text(node.right, text)
    if isinstance(node.right, Operation) and node.sign in "*/-":
        right = "(" + right + ")"
    if isinstance(node.left, Operation) and node.sign in "*/":
        left = "(" + left + ")"
    return left + f" {node.sign} " + right
