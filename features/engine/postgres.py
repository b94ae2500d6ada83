"""Copies PostgreSQL tables to Parquet, all as of one instant; from then on they are files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from features.config import Config
from features.config.server_address import masked
from features.engine.full_disk import is_full
from features.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

# How to select a column, by the name of its type. Text, enumerations and uuids come as text.
PLAIN = ("smallint", "integer", "bigint", "real", "double precision", "boolean")
EXACT = {"numeric": '"{0}"::text', "money": '"{0}"::numeric::text'}  # as text, because doubles cannot hold them exactly
# Infinity, and years that not all readers of Parquet support, become the nearest year that all do.
BOUNDED = (
    """CASE WHEN "{0}" > '9999-12-31' THEN '9999-12-31' WHEN "{0}" < '0001-01-01' THEN '0001-01-01' ELSE "{0}" END"""
)
TIMES = ("date", "timestamp without time zone", "timestamp with time zone")
TEXTS = ("S", "E")  # categories of types in PostgreSQL's catalogue

COLUMNS = """
    SELECT a.attname::text, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null), t.typcategory::text
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
NAMES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_toast'"""


def copy(
    config: Config, names: Sequence[str], folder: Path, choose: Callable[[str, Sequence[str]], Mapping[str, str]]
) -> dict[str, Path]:
    """The named tables of the configuration as Parquet files in the folder, all of one address as of one instant.

    choose(name, theirs): which of their columns to fetch, as ours → theirs.
    Raises BadInput in one line, without the password, where an address cannot be reached, or a table or column is
    missing, may not be read, or has a type that Holdfast does not read.
    """
    files = {}
    for uri in dict.fromkeys(config.tables[name].uri for name in names):
        alike = [name for name in names if config.tables[name].uri == uri]
        with connected(config, str(uri), f"tables.{alike[0]}.uri") as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for name in alike:
                table = str(config.tables[name].table)
                with reporting_errors(config, f"tables.{name}.table", table):
                    found = columns(cursor, table)
                    if not found:
                        known = [row[0] for row in rows(cursor, NAMES)]
                        raise BadInput(
                            f"{config.file.name}: tables.{name}.table: no table '{table}'; {did_you_mean(table, known)}"
                        )
                    wanted = [
                        _expression(config, name, theirs, *found[theirs])
                        for theirs in choose(name, list(found)).values()
                    ]
                    files[name] = folder / f"{name}.parquet"
                    _write(
                        cursor, f"SELECT {', '.join(dict.fromkeys(wanted))} FROM {quoted(cursor, table)}", files[name]
                    )
    return files


@contextmanager
def connected(config: Config, uri: str, key: str) -> "Iterator[Cursor]":
    """A cursor on a PostgreSQL server that commits every command, until one is BEGIN.

    uri: the address as written in the file, at ``key``. Raises BadInput in one line, without the password.
    """
    from adbc_driver_postgresql import dbapi

    address = config.fill(uri, key)
    if not address.startswith(("postgresql://", "postgres://")):
        raise BadInput(f"{config.file.name}: {key}: '{uri}' is no postgresql:// address; correct it")
    if "connect_timeout" not in address:
        address += f"{'&' if '?' in address else '?'}connect_timeout=20"  # otherwise a silent host hangs the run
    with reporting_errors(config, key, uri, "check the address, its rights, and that the server runs", address):
        connection = dbapi.connect(address, autocommit=True)
    with connection, connection.cursor() as cursor, reporting_errors(config, key, uri, address=address):
        cursor.execute("SET client_encoding = 'UTF8'")
        cursor.execute("SET TimeZone = 'UTC'")
        yield cursor


@contextmanager
def reporting_errors(config: Config, key: str, what: str, cure: str = "", address: str = "") -> Iterator[None]:
    """Turn a server's error into BadInput: one line with key, value and cure, without query and password."""
    from adbc_driver_manager.dbapi import Error

    try:
        yield
    except (Error, OSError) as error:
        if is_full(error):
            raise
        if "due to user request" in str(error):  # the driver's words for Ctrl-C
            raise KeyboardInterrupt from None
        state = getattr(error, "sqlstate", None)
        cures = [f"GRANT the user what is needed on '{what}'"] if state == "42501" else []
        cures += [cure] if cure else [] if cures else ["see to that, and run it again"]
        raise BadInput(
            f"{config.file.name}: {key}: '{what}': {masked(_first(str(error)), address)}; {'; '.join(cures)}"
        ) from None


def rows(cursor: "Cursor", sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a small query."""
    cursor.execute(sql, parameters)
    return list(cursor.fetchall())


def columns(cursor: "Cursor", table: str) -> dict[str, tuple[str, str]]:
    """The columns of a table: name → (type, category of type); empty where there is no such table."""
    return {name: (kind, category) for name, kind, category in rows(cursor, COLUMNS, (table,))}


def quoted(cursor: "Cursor", table: str) -> str:
    """The name of an existing table, quoted for a query."""
    return str(rows(cursor, "SELECT to_regclass($1)::text", (table,))[0][0])


def _expression(config: Config, name: str, column: str, kind: str, category: str) -> str:
    form = EXACT.get(kind)
    if kind in PLAIN:
        form = '"{0}"'
    elif kind in TIMES:
        form = BOUNDED
    elif category in TEXTS or kind == "uuid":
        form = '"{0}"::text'
    if form is None:
        raise BadInput(
            f"{config.file.name}: tables.{name}.columns: '{column}' holds {kind}, which is neither number, text "
            "nor time; give a view that makes one of it"
        )
    name = column.replace('"', '""')
    return f'{form.format(name)} AS "{name}"'


def _write(cursor: "Cursor", sql: str, file: Path) -> None:
    """Write the rows of a query to Parquet, with one batch in memory at a time."""
    cursor.execute(sql)
    with cursor.fetch_record_batch() as reader, pq.ParquetWriter(file, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _first(error: str) -> str:
    """The message of the server or its library, without the driver's words around it."""
    mark = next((mark for mark in ("FATAL:", "ERROR:", "failed:", "[libpq]") if mark in error), "")
    return error.partition(mark)[2].strip().partition("\n")[0].strip() if mark else error.strip().partition("\n")[0]
