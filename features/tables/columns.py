"""Puts a file's columns under our names: as they are, or worked out of several by plain arithmetic.

Beside our columns a table may hold some whose names begin with "=", which are for cleaning alone: the worked-out value
of a column (`=amount`, beside which `amount` says in text what went in), whether its row is cancelled, and its hash.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config
from features.config.arithmetic import Name, Node, is_arithmetic, names, parse_arithmetic
from features.config.operations.own_columns import USERS, contract, demanded
from features.config.row_rules import RowRule, parse_row_rule
from features.config.table_source import TableSource
from features.config.time_formats import as_list
from features.errors import BadInput, did_you_mean
from features.notations import exact
from features.notations.text_values import number
from features.tables.damaged_csv import LINE

CANCELLED = "=cancelled"
ROW = "=row"  # a hash of all that the file says of the row
# Of a table whose users another id tells, which stands as user_id: whose it is, and since when.
LINKED_USER, LINKED_SINCE = "=user_id", "=since"
SEVERAL = "=several"  # of identities: whether the id is of several users
TESTS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def mapped(con: Backend, config: Config, name: str, raw: ir.Table) -> ir.Table:
    """The raw table under our names, with LINE where it has one. Raises BadInput for a column that is not there."""
    source, there = config.tables[name], raw.columns
    found: dict[str, ir.Value] = {}

    def column(theirs: str) -> ir.Value:
        return raw[_find(theirs, there)]

    for ours, node in _chosen(config, name, there).items():
        if isinstance(node, Name):
            found[ours] = column(node.name)
            continue
        exact.prepare(con)
        found[ours] = exact.written_out(node, lambda one: column(one).cast("string"))
        found[f"={ours}"] = exact.worked_out(node, lambda one: number(column(one), source, exact.OPERAND))
    rules = _rules(config, name, there)
    if rules:
        tests = [_holds(rule, column(rule.column), source) for rule in rules]
        found[CANCELLED] = ibis.or_(*tests)
    if name in ("orders", "events"):
        found[ROW] = ibis.struct({one: raw[one] for one in there}).hash()
    return raw.select(**found, **({LINE: raw[LINE]} if LINE in there else {}))


def needed(config: Config, name: str, there: Sequence[str]) -> dict[str, str]:
    """The columns of the file that are read, each by its own name."""
    nodes: Iterable[Node] = _chosen(config, name, there).values()
    wanted = [one for node in nodes for one in names(node)] + [rule.column for rule in _rules(config, name, there)]
    return {theirs: theirs for theirs in (_find(one, there) for one in wanted)}


def for_cleaning(table: ir.Table) -> list[str]:
    """The columns that are there for cleaning alone."""
    return [one for one in table.columns if one.startswith("=")]


def _chosen(config: Config, name: str, there: Sequence[str]) -> Mapping[str, Node]:
    """Ours → what it is of theirs, of the contract's columns that are there."""
    source, chosen = config.tables[name], {}
    asked = demanded(config) if name == USERS else {}
    for column in contract(config, name).columns:
        theirs = source.theirs(column.name)
        if _find(theirs, there):
            chosen[column.name] = Name(theirs)
        elif column.name in source.columns and column.kind in ("money", "number") and _is_meant(theirs):
            chosen[column.name] = _arithmetic(config, name, column.name, theirs, there)  # type: ignore[assignment]
        elif column.needed or column.name in source.columns:
            written = f"columns = {{ {column.name} = {_written(source, column.name)} }}"
            raise BadInput(
                f"{config.file.name}: tables.{name}.columns: no column '{theirs}' for {column.name} in "
                f"{source.source}; {did_you_mean(theirs, there)} ({written})"
            )
        elif column.name in asked:
            raise BadInput(
                f"{config.file.name}: {asked[column.name]}: no column '{theirs}' in {source.source}; "
                f'{did_you_mean(theirs, there)}, or map it with tables.users.columns = {{ {column.name} = "…" }}'
            )
    return chosen


def _written(source: TableSource, ours: str) -> str:
    """How a column is named in holdfast.toml."""
    return f'{{ id_type = "{source.linked.id_type}", column = "…" }}' if source.linked and ours == "user_id" else '"…"'


def _is_meant(theirs: str) -> bool:
    """Whether a text that names no column is meant as arithmetic, well written or not."""
    return is_arithmetic(theirs) or any(sign in theirs for sign in "*/+(")


def _arithmetic(config: Config, name: str, ours: str, text: str, there: Sequence[str]) -> Node:
    where = f"{config.file.name}: tables.{name}.columns.{ours}"
    try:
        node = parse_arithmetic(text)
    except ValueError as error:
        raise BadInput(f"{where}: {error}") from None
    if not names(node):
        raise BadInput(f"{where}: '{text}' names no column; name one, such as \"Quantity * UnitPrice\"")
    for one in names(node):
        if not _find(one, there):
            raise BadInput(f"{where}: no column '{one}' in {config.tables[name].source}; {did_you_mean(one, there)}")
    return node


def _rules(config: Config, name: str, there: Sequence[str]) -> list[RowRule]:
    rules = [parse_row_rule(text) for text in as_list(config.tables[name].cancelled)]
    for rule in rules:
        if not _find(rule.column, there):
            raise BadInput(
                f"{config.file.name}: tables.{name}.cancelled: no column '{rule.column}' in "
                f"{config.tables[name].source}; {did_you_mean(rule.column, there)}"
            )
    return rules


def _find(theirs: str, there: Sequence[str]) -> str:
    """The column of that name, or the only one that differs from it by white space alone; "" without one."""
    if theirs in there:
        return theirs
    alike = [one for one in there if " ".join(one.split()) == " ".join(theirs.split())]
    return alike[0] if len(alike) == 1 else ""


def _holds(rule: RowRule, value: ir.Value, source) -> ir.BooleanValue:  # type: ignore[no-untyped-def]
    if isinstance(rule.value, Decimal):
        given: ir.Value = number(value, source, exact.OPERAND)
        constant = ibis.literal(str(rule.value)).cast(exact.OPERAND)
    elif isinstance(rule.value, bool):
        given, constant = value.try_cast("boolean"), ibis.literal(rule.value)
    else:
        given, constant = value.cast("string").strip(), ibis.literal(rule.value)  # type: ignore[union-attr]
    return TESTS[rule.test](given, constant).fill_null(False)
