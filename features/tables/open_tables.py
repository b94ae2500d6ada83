"""Opens the configured tables, of files or of a server, under our column names and before any value is looked at."""

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from features.catalogue.input_tables import COSTS
from features.config import Config
from features.config.operations.own_columns import USERS, demanded
from features.engine import postgres
from features.engine.duckdb_session import finite, scratch
from features.engine.full_disk import is_full
from features.errors import BadInput
from features.notations.file_marks import NO_HEADER, is_row
from features.places import duckdb_places, lakes
from features.places.address import is_remote
from features.places.copies import copied
from features.places.files import find, form_of, one_form
from features.tables.columns import for_cleaning, mapped, needed
from features.tables.converted import convert
from features.tables.damaged_csv import salvage
from features.tables.id_text import EXACT
from features.tables.stamps import Stamps, version

# Written the one usual way, for '007' and '7' may be two users; 7.0 is what pandas writes where one is missing.
WHOLE = r"^-?(0|[1-9]\d{0,17})(\.0)?$"
CURE = 'give it as UTF-8 text with a header, or say how it is written: encoding = "utf-16", "gbk", "cp1252"'
LINES = 20  # looked at for a header


@dataclass(frozen=True)
class Opened:
    """A table as it came, and how many rows its files have."""

    table: ir.Table
    rows: int
    note: str = ""  # what was copied to read it, for people


def open_tables(con: Backend, config: Config) -> dict[str, ir.Table]:
    """The tables of ``open_counted``, without what is for cleaning alone."""
    opened = {name: one.table for name, one in open_counted(con, config).items()}
    return {name: table.drop(*for_cleaning(table)) for name, table in opened.items()}


def open_counted(con: Backend, config: Config, stamped: Stamps | None = None) -> dict[str, Opened]:
    """Every configured table, with only its contract's columns, as they came, and with LINE where a CSV file has lines
    that do not fit its header; other columns that ``columns`` names are for cleaning alone.

    stamped: says which versions of tables are read that have some; default: their newest.

    Raises BadInput for a file that is missing or cannot be read, and for a column that is not there but needed.
    """
    _users_are_there(config)
    served = [name for name in config.tables if config.tables[name].uri]
    copies = postgres.copy(config, served, scratch(con), lambda *given: needed(config, *given)) if served else {}
    opened = {}
    for name in config.tables:
        at = version(stamped or {}, name) or lakes.stamp(config, name)[1] if config.tables[name].format else None
        if at:
            wanted = needed(config, name, lakes.columns(config, name, at))
            copies[name] = lakes.copy(con, config, name, at, list(wanted))
        raw, rows, note = _open(con, config, name, copies.get(name))
        opened[name] = Opened(mapped(con, config, name, raw), rows, lakes.shown(at) if at else note)
    tables = {name: one.table for name, one in opened.items()}
    for number, entry in enumerate(config.churn.activity):
        if entry.partition(":")[2]:
            _counted_on(config, tables, f"churn.activity[{number}]", entry, "events", "event")
    table, _, column = config.value.sum.partition(".")
    if column:
        _counted_on(config, tables, "value.sum", config.value.sum, table, column)
    return opened


def integer_ids(con: Backend, tables: Mapping[str, ir.Table], used: Callable[[str], ir.Value] | None = None) -> bool:
    """Whether every user id of every table is a whole number, so that it can stay an integer.

    used: whether a row of a table counts, whatever its id; rows that do not have no say. Default: all do.
    """
    return all(_integer_ids(con, name, table, used) for name, table in tables.items())


@contextmanager
def reading(name: str, file: str = "", cure: str = "mend or remove the file") -> Iterator[None]:
    """Say which table it was where the engine cannot read one."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise
        first, *others = str(error).strip().split("\n")
        cause = " ".join([first, *(line for line in others if line.startswith("Expected "))])  # not the row itself
        raise BadInput(f"tables.{name}: {file}{' ' * bool(file)}cannot be read: {cause}; {cure}") from None


def _users_are_there(config: Config) -> None:
    if USERS not in config.tables and (asked := demanded(config)):
        column, key = next(iter(asked.items()))
        raise BadInput(f"{config.file.name}: {key}: 'users.{column}' needs [tables.users]; add it with a path")


def _open(con: Backend, config: Config, name: str, copy: Path | None) -> tuple[ir.Table, int, str]:
    """The raw table, its rows, and what was copied to read it."""
    given = [str(copy)] if copy else find(config, name)
    if (form := one_form(config, name, given)) == "Parquet" or not any(map(is_remote, given)):
        return *_read(con, config, name, given), ""
    try:
        files = copied(con, given)
    except BadInput as error:
        raise BadInput(f"{config.file.name}: tables.{name}.path: {error}") from None
    size = sum(Path(file).stat().st_size for file in files)
    try:
        note = f"{len(files)} files ({size / 1e6:,.1f} MB) were copied to this machine for the run: {form} is not read"
        return *_read(con, config, name, files), f"{note} where it lies; Parquet is"
    except BadInput as error:  # tells where they came from, for the copies go
        places = dict(zip(files, given, strict=True))
        raise BadInput(re.sub("|".join(map(re.escape, places)), lambda one: places[one[0]], str(error))) from None


def _read(con: Backend, config: Config, name: str, given: list[str]) -> tuple[ir.Table, int]:
    source = config.tables[name]
    stored = any(map(is_remote, given))
    files = given if stored else convert(name, given, source.encoding, lambda: scratch(con))
    partitions = {"hive_types_autocast": False} if any("=" in file for file in files) else {}  # '007' is no 7
    parquet = [form_of(file) == "Parquet" for file in files]
    if any(parquet) != all(parquet):  # of two ZIP files one held a table of another form
        raise BadInput(f"{config.file.name}: tables.{name}.path: files of several forms; give one kind")
    if parquet[0]:
        with reading(name, given[0]):
            if stored:
                table = con.table(duckdb_places.view(con, f"raw_{name}", files, bool(partitions)))
            else:
                table = con.read_parquet(files, table_name=f"raw_{name}", union_by_name=True, **partitions)
            columns = duckdb_places.column_names if is_remote(files[0]) else lambda file: pq.read_schema(file).names
            _named_once(config, name, columns(files[0]), given[0])
            _plain_ids(config, name, table, given[0])
            return _nanoseconds(con, table), _count(con, table)  # as the files' footers say
    with reading(name, given[0], CURE):
        delimiter = source.delimiter or _delimiter(files[0])
        for file, shown in zip(files, given, strict=True):
            header = _header(file, delimiter)
            _not_titled(config, name, header, file, shown)
            _named_once(config, name, header, shown)
        dialect = {"header": True, "skip": 0, "delim": delimiter, "quote": '"', "escape": '"', **partitions}
        try:
            table = con.read_csv(files, table_name=f"raw_{name}", all_varchar=True, union_by_name=True, **dialect)
            # Every value is looked at before anything is built on them: a count of rows reads the first column alone.
            wanted = [table[one].count() for one in needed(config, name, table.columns)]
            return table, con.to_pyarrow(table.aggregate([table.count().name("rows"), *wanted]))["rows"][0].as_py()
        except duckdb.InvalidInputException as error:
            try:
                table = salvage(con, f"salvaged_{name}", files, delimiter)
                return table, _count(con, table)
            except ValueError:
                raise error from None


def _nanoseconds(con: Backend, table: ir.Table) -> ir.Table:
    """The table with times of nanoseconds and a zone, a type that Ibis does not know, as those of microseconds."""
    odd = [column for column, dtype in table.schema().items() if dtype.is_unknown() and "TIMESTAMP" in str(dtype)]
    if not odd:
        return table
    casts = ", ".join(f"CAST({quoted} AS TIMESTAMPTZ) AS {quoted}" for quoted in map(_quoted, odd))
    view = f"{table.get_name()}_us"
    rows = f"SELECT * REPLACE ({casts}) FROM {_quoted(table.get_name())}"
    con.con.execute(f"CREATE OR REPLACE TEMP VIEW {_quoted(view)} AS {rows}")
    return con.table(view)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _header(file: str, delimiter: str) -> list[str]:
    """The names of a CSV file's columns, which may run over lines; none where that is no CSV."""
    with (gzip.open if file.endswith(".gz") else open)(file, "rt", encoding="utf-8-sig", errors="replace") as text:
        try:
            return next(csv.reader(text, delimiter=delimiter), [])
        except csv.Error:
            return []


def _named_once(config: Config, name: str, header: Sequence[str], file: str) -> None:
    """Raises BadInput where two columns of a name that is read stand in a file; which one is meant, nobody knows."""
    if len(set(header)) == len(header):
        return
    twice = {one for place, one in enumerate(header) if one in header[:place]}
    if wanted := [one for one in needed(config, name, list(dict.fromkeys(header))) if one in twice]:
        raise BadInput(f"tables.{name}: {file} has two columns named '{wanted[0]}'; rename one of them")


def _plain_ids(config: Config, name: str, table: ir.Table, file: str) -> None:
    """Raises BadInput where user ids are lists or records: as text they would pass for ids."""
    theirs = config.tables[name].columns.get("user_id", "user_id")
    if theirs in table.columns and table[theirs].type().is_nested():
        raise BadInput(f"tables.{name}: {file}: column {theirs} holds lists or records, not ids; map the id within")


def _not_titled(config: Config, name: str, header: Sequence[str], file: str, shown: str) -> None:
    """Raises BadInput where the header stands below other lines, or a row stands in its place, which is not shown."""
    user = config.tables[name].theirs("time" if name == COSTS else "user_id")
    if user not in header and is_row(header):
        raise BadInput(f"tables.{name}: {shown} {NO_HEADER}")
    if user in header or len(header) > 1:
        return
    with (gzip.open if file.endswith(".gz") else open)(file, "rt", encoding="utf-8", errors="replace") as text:
        for number, line in enumerate(islice(text, 1, LINES), start=1):
            if user in re.split(r'[,;\t|"\n]+', line):
                raise BadInput(f"tables.{name}: {shown}: {number} lines stand above its header; take them out")


def _delimiter(file: str) -> str:
    """What stands between the columns' names. DuckDB would guess from the rows, and one damaged row can mislead it."""
    with (gzip.open if file.endswith(".gz") else open)(file, "rt", encoding="utf-8", errors="replace") as text:
        head = text.readline()
    return max(",;\t|", key=head.count)


def _count(con: Backend, table: ir.Table) -> int:
    return int(con.to_pyarrow(table.count()).as_py())


def _counted_on(config: Config, tables: Mapping[str, ir.Table], key: str, value: str, table: str, column: str) -> None:
    if column not in tables[table].columns:
        raise BadInput(
            f"{config.file.name}: {key}: '{value}' needs the column {column}, which tables.{table} lacks; "
            f'map it with tables.{table}.columns = {{ {column} = "…" }}'
        )


def _integer_ids(con: Backend, name: str, table: ir.Table, used: Callable[[str], ir.Value] | None) -> bool:
    user = table.user_id
    dtype = user.type()
    if dtype.is_integer():
        return dtype != dt.uint64  # half of its range does not fit int64
    if dtype.is_string():
        # To strip a text costs DuckDB as much as to match it: only of what is no number.
        odd = ibis.ifelse(~user.re_search(WHOLE), user.strip() != "", False)  # type: ignore[attr-defined]
    elif dtype.is_floating():  # what pandas makes of integers where one is missing
        user = finite(user)
        whole = user.try_cast("int64")  # not floor(): Ibis makes an integer of it
        odd = user.notnull() & ((user != whole).fill_null(True) | (user.abs() >= EXACT))  # type: ignore[attr-defined]
    else:
        return False
    with reading(name):
        # The other checks only where ids are odd at all; where all are, as names of users, the first row tells.
        if not con.to_pyarrow(odd.any()).as_py():
            return True
        return used is not None and not con.to_pyarrow(table.filter(odd & used(name)).limit(1).count()).as_py()
