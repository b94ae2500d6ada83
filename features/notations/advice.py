"""What to do about values that are no times or numbers: an example, and the setting that would read them."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.catalogue.input_tables import CONTRACTS, Contract, InputColumn
from features.config.table_source import TableSource
from features.errors import BadInput
from features.notations.number_notations import propose_numbers
from features.notations.time_notations import Proposal, examples, propose_times

LOOKED_AT = 1000  # values
UNLIKE = r"^\D*(1[3-9]|[23]\d)\D|^\D*\d{1,2}\D+(1[3-9]|[23]\d)\D"  # one of the first two numbers is no month
WORKED_OUT = re.compile(r"[()]+| [-+*/] ")
NUMBERS = ("money", "number", "integer")


class Advice(NamedTuple):
    """What to do about a column. open: it is a question, which somebody has to answer."""

    line: str
    open: bool


def advise(
    con: Backend, source: TableSource, contract: Contract, table: ir.Table, values: Mapping[str, ir.Value]
) -> dict[str, Advice]:
    """Column → what to do, for every column of times or numbers with values that are none. values: what ``typed`` makes
    of the raw table. User ids and texts are never shown."""
    of = {one.name: one for one in contract.columns if one.kind in ("time", "date", *NUMBERS)}
    lost = {
        column: values[column].isnull() & table[column].notnull() & (table[column].cast("string").strip() != "")
        for column in values
        if column in of
    }
    if not lost:
        return {}
    row = con.to_pyarrow(table.aggregate(**{column: test.sum() for column, test in lost.items()})).to_pylist()[0]
    found = {}
    for column in (column for column in lost if row[column]):
        raw = table[column].cast("string")
        texts = _sample(con, table.filter(lost[column]), raw)
        proposal = _propose(con, source, of[column], table, raw, texts, table.filter(lost[column]))
        line = f"{column}: {row[column]:,} × such as {examples(texts)}: {cure(source, proposal)}"
        found[column] = Advice(line, bool(proposal.question))
    return found


def numbers_are_told(con: Backend, source: TableSource, name: str, table: ir.Table) -> None:
    """Raises BadInput, with the time format that would read them, where times are numbers and nothing says how."""
    for column in CONTRACTS[name].columns:
        if column.kind != "time" or column.name not in table.columns or source.time_formats:
            continue
        if not table[column.name].type().is_numeric():
            continue
        texts = _sample(con, table, table[column.name].cast("string"))
        shown = f"such as {examples(texts)}: {cure(source, propose_times(texts))}" if texts else "it has no values"
        raise BadInput(f"tables.{name}: column {column.name} holds numbers, not times, {shown}")


def cure(source: TableSource, proposal: Proposal) -> str:
    """What to write into holdfast.toml, or the question that the values leave open."""
    if proposal.question:
        return proposal.question
    settings = dict(proposal.settings)
    if "time_format" in settings:
        given, new = source.time_formats, settings["time_format"]
        formats = list(dict.fromkeys([*given, *([new] if isinstance(new, str) else new)]))
        settings["time_format"] = formats if len(formats) > 1 else formats[0]
    differ = {key: value for key, value in settings.items() if value != getattr(source, key)}
    if not differ:
        return "nothing known reads them; mend them"
    rest = f", all but {examples(proposal.unread)}" if proposal.unread else ""
    return f"{Proposal(differ).line()} would read them{rest}"


def _propose(
    con: Backend,
    source: TableSource,
    column: InputColumn,
    table: ir.Table,
    raw: ir.Value,
    texts: list[str],
    lost: ir.Table,
) -> Proposal:
    if column.kind in NUMBERS:  # the settings have to read what is read today as well
        every = [*texts, *_sample(con, table, raw)]
        if f"={column.name}" in table.columns:  # what goes into it is written out there
            every = [part for text in every for part in WORKED_OUT.split(text) if part != "nothing"]
        return propose_numbers(every)
    proposal = propose_times(texts)
    if proposal.question:  # perhaps the sample missed the one value that tells
        telling = _sample(con, lost.filter(raw.re_search(UNLIKE)), raw)  # type: ignore[attr-defined]
        proposal = propose_times([*texts, *telling])
    return proposal


def _sample(con: Backend, rows: ir.Table, value: ir.Value) -> list[str]:
    """Some of the values, each once, the same ones every time."""
    some = rows.select(value=value).filter(lambda row: row.value.notnull()).distinct()
    some = some.order_by(lambda row: row.value.hash(), lambda row: row.value).limit(LOOKED_AT)
    return [row["value"] for row in con.to_pyarrow(some).to_pylist()]
