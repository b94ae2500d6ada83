"""Opens the configured tables, of files or of a server, under our column names and before any value is looked at."""

import glob
import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.engine import postgres
from features.engine.duckdb_session import compile, finite, scratch
from features.errors import BadInput, did_you_mean
from features.tables.damaged_csv import LINE, salvage

# Written the one usual way, for '007' and '7' may be two users; 7.0 is what pandas writes where one is missing.
WHOLE = r"^-?(0|[1-9]\d{0,17})(\.0)?$"
EXACT = 2**53  # floats above it skip whole numbers


def open_tables(con: Backend, config: Config) -> dict[str, ir.Table]:
    """Every configured table, with only its contract's columns, as they came, and with LINE where a CSV file has lines
    that do not fit its header.

    Raises BadInput for a file that is missing or cannot be read, and for a column that is not there but needed.
    """
    served = [name for name in config.tables if config.tables[name].uri]
    copies = postgres.copy(config, served, scratch(con), lambda *given: _chosen(config, *given)) if served else {}
    tables = {name: _map(config, name, _open(con, config, name, copies.get(name))) for name in config.tables}
    for number, entry in enumerate(config.churn.activity):
        if entry.partition(":")[2]:
            _counted_on(config, tables, f"churn.activity[{number}]", entry, "events", "event")
    table, _, column = config.value.sum.partition(".")
    if column:
        _counted_on(config, tables, "value.sum", config.value.sum, table, column)
    return tables


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


def _open(con: Backend, config: Config, name: str, copy: Path | None) -> ir.Table:
    files = [str(copy)] if copy else _files(config, name)
    parquet = [file.endswith((".parquet", ".pq")) for file in files]
    if any(parquet) != all(parquet):
        raise BadInput(f"{config.file.name}: tables.{name}.path: both Parquet and CSV files; give one kind")
    if parquet[0]:
        with reading(name, files[0]):
            return con.read_parquet(files, table_name=f"raw_{name}", union_by_name=True)
    with reading(name, files[0], "give it as UTF-8 text with a header"):
        delimiter = config.tables[name].delimiter or _delimiter(files[0])
        dialect = {"header": True, "skip": 0, "delim": delimiter, "quote": '"', "escape": '"'}
        try:
            table = con.read_csv(files, table_name=f"raw_{name}", all_varchar=True, union_by_name=True, **dialect)
            # Every value is looked at before anything is built on them: a count of rows reads the first column alone.
            theirs = [config.tables[name].columns.get(one.name, one.name) for one in CONTRACTS[name].columns]
            wanted = [table[one].count() for one in theirs if one in table.columns]
            con.to_pyarrow(table.aggregate([table.count(), *wanted]))
            return table
        except duckdb.InvalidInputException as error:
            try:
                return salvage(con, f"salvaged_{name}", files, delimiter)
            except ValueError:
                raise error from None


def _delimiter(file: str) -> str:
    """What stands between the columns' names. DuckDB would guess from the rows, and one damaged row can mislead it."""
    with (gzip.open if file.endswith(".gz") else open)(file, "rt", encoding="utf-8", errors="replace") as text:
        head = text.readline()
    return max(",;\t|", key=head.count)


def _map(config: Config, name: str, raw: ir.Table) -> ir.Table:
    chosen = {ours: raw[theirs] for ours, theirs in _chosen(config, name, raw.columns).items()}
    return raw.select(**chosen, **({LINE: raw[LINE]} if LINE in raw.columns else {}))


def _chosen(config: Config, name: str, there: Sequence[str]) -> dict[str, str]:
    """Ours → theirs, of the contract's columns that are there."""
    source, chosen = config.tables[name], {}
    for column in CONTRACTS[name].columns:
        theirs = source.columns.get(column.name, column.name)
        if theirs in there:
            chosen[column.name] = theirs
        elif column.needed or column.name in source.columns:
            raise BadInput(
                f"{config.file.name}: tables.{name}.columns: no column '{theirs}' for {column.name} in "
                f"{source.source}; {did_you_mean(theirs, there)} "
                f'(columns = {{ {column.name} = "…" }})'
            )
    return chosen


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
