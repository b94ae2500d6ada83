"""Opens the configured tables, of files or of a server, under our column names and before any value is looked at."""

import glob
import gzip
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config
from features.engine import postgres
from features.engine.duckdb_session import compile, finite, scratch
from features.errors import BadInput
from features.tables.columns import for_cleaning, mapped, needed
from features.tables.damaged_csv import salvage

# Written the one usual way, for '007' and '7' may be two users; 7.0 is what pandas writes where one is missing.
WHOLE = r"^-?(0|[1-9]\d{0,17})(\.0)?$"
EXACT = 2**53  # floats above it skip whole numbers


@dataclass(frozen=True)
class Opened:
    """A table as it came, and how many rows its files have."""

    table: ir.Table
    rows: int


def open_tables(con: Backend, config: Config) -> dict[str, ir.Table]:
    """The tables of ``open_counted``, without what is for cleaning alone."""
    opened = {name: one.table for name, one in open_counted(con, config).items()}
    return {name: table.drop(*for_cleaning(table)) for name, table in opened.items()}


def open_counted(con: Backend, config: Config) -> dict[str, Opened]:
    """Every configured table, with only its contract's columns, as they came, and with LINE where a CSV file has lines
    that do not fit its header; other columns that ``columns`` names are for cleaning alone.

    Raises BadInput for a file that is missing or cannot be read, and for a column that is not there but needed.
    """
    served = [name for name in config.tables if config.tables[name].uri]
    copies = postgres.copy(config, served, scratch(con), lambda *given: needed(config, *given)) if served else {}
    opened = {}
    for name in config.tables:
        raw, rows = _open(con, config, name, copies.get(name))
        opened[name] = Opened(mapped(con, config, name, raw), rows)
    tables = {name: one.table for name, one in opened.items()}
    for number, entry in enumerate(config.churn.activity):
        if entry.partition(":")[2]:
            _counted_on(config, tables, f"churn.activity[{number}]", entry, "events", "event")
    table, _, column = config.value.sum.partition(".")
    if column:
        _counted_on(config, tables, "value.sum", config.value.sum, table, column)
    return opened


def integer_ids(con: Backend, tables: Mapping[str, ir.Table]) -> bool:
    """Whether every user id of every table is a whole number, so that it can stay an integer."""
    return all(_integer_ids(con, name, table.user_id) for name, table in tables.items())


def fingerprint(con: Backend, config: Config, tables: Mapping[str, ir.Table]) -> str:
    """A short hash that changes when the input does: names, sizes and times of change of files, the rows of a server's
    tables in whatever order they came. ``tables`` are the opened ones."""
    stats: list[tuple[object, ...]] = []
    for name in sorted(config.tables):
        if config.tables[name].uri:
            rows = f"SELECT hash(one) AS h FROM ({compile(con, tables[name])}) AS one"
            found = con.con.execute(f"SELECT count(*), sum(h::HUGEINT), bit_xor(h) FROM ({rows})").fetchall()
            stats.append((name, *found[0]))
        for file in _files(config, name):
            stats.append((name, Path(file).name, Path(file).stat().st_size, Path(file).stat().st_mtime_ns))
    return hashlib.sha256(repr(stats).encode()).hexdigest()[:16]


@contextmanager
def reading(name: str, file: str = "", cure: str = "mend or remove the file") -> Iterator[None]:
    """Say which table it was where the engine cannot read one."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        first, *others = str(error).strip().split("\n")
        cause = " ".join([first, *(line for line in others if line.startswith("Expected "))])  # not the row itself
        raise BadInput(f"tables.{name}: {file}{' ' * bool(file)}cannot be read: {cause}; {cure}") from None


def _files(config: Config, name: str) -> list[str]:
    files: list[str] = []
    for pattern in config.tables[name].patterns():
        # Only the pattern is one: the folder of holdfast.toml may well have brackets in its name.
        where = config.file.parent.absolute()
        wanted = config.fill(pattern, f"tables.{name}.path")
        found = sorted(str(where / file) for file in glob.glob(wanted, root_dir=where, recursive=True))  # noqa: PTH207
        if not found:
            raise BadInput(f"{config.file.name}: tables.{name}.path: no file at '{pattern}'; correct the path")
        if folders := [file for file in found if Path(file).is_dir()]:
            raise BadInput(
                f"{config.file.name}: tables.{name}.path: '{pattern}' finds the folder {folders[0]}; "
                f"name its files, such as '{pattern.rstrip('/')}/*.parquet'"
            )
        files += found
    return files


def _open(con: Backend, config: Config, name: str, copy: Path | None) -> tuple[ir.Table, int]:
    files = [str(copy)] if copy else _files(config, name)
    parquet = [file.endswith((".parquet", ".pq")) for file in files]
    if any(parquet) != all(parquet):
        raise BadInput(f"{config.file.name}: tables.{name}.path: both Parquet and CSV files; give one kind")
    if parquet[0]:
        with reading(name, files[0]):
            table = con.read_parquet(files, table_name=f"raw_{name}", union_by_name=True)
            return table, _count(con, table)  # as the files' footers say
    with reading(name, files[0], "give it as UTF-8 text with a header"):
        delimiter = config.tables[name].delimiter or _delimiter(files[0])
        dialect = {"header": True, "skip": 0, "delim": delimiter, "quote": '"', "escape": '"'}
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


def _integer_ids(con: Backend, name: str, user: ir.Column) -> bool:
    dtype = user.type()
    if dtype.is_integer():
        return dtype != dt.uint64  # half of its range is none of int64's
    if dtype.is_string():
        odd = (user.strip() != "") & ~user.re_search(WHOLE)  # type: ignore[attr-defined]
    elif dtype.is_floating():  # what pandas makes of integers where one is missing
        user = finite(user)
        whole = user.try_cast("int64")  # not floor(): Ibis makes an integer of it
        odd = user.notnull() & ((user != whole).fill_null(True) | (user.abs() >= EXACT))  # type: ignore[attr-defined]
    else:
        return False
    with reading(name):
        return not con.to_pyarrow(odd.any()).as_py()
