"""Opens the engine of the feature queries: DuckDB through Ibis, on a scratch file, so that large tables can spill."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend

from features.config import Config
from features.wall_clock import instant

AT_ZONE = "timezone"
_CASED = (sge.Count, sge.Sum, sge.Min, sge.Max)


@ibis.udf.scalar.builtin(name=AT_ZONE, signature=(("string", "timestamp"), "timestamp('UTC')"))
def _from_local(zone, at):
    """The instant at which a wall clock in the zone showed this time."""


@ibis.udf.scalar.builtin(name=AT_ZONE, signature=(("string", "timestamp('UTC')"), "timestamp"))
def _to_local(zone, at):
    """What a wall clock in the zone shows at an instant."""


@ibis.udf.scalar.builtin(name="epoch_us", signature=(("timestamp('UTC')",), "int64"))
def _micros(at):
    """Microseconds from 1970 to an instant, null where it is infinite."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def _from_micros(micros):
    """The time so many microseconds after 1970."""


@ibis.udf.scalar.builtin(name="isfinite", signature=(("float64",), "boolean"))
def _is_finite(value):
    """Neither infinite nor NaN."""


@contextmanager
def connect(config: Config) -> Iterator[Backend]:
    """A DuckDB session in UTC, with the configured threads and memory; its scratch file is removed afterwards."""
    folder = config.store_path / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=folder) as scratch:
        con = ibis.duckdb.connect(f"{scratch}/scratch.duckdb", temp_directory=f"{scratch}/spill")
        try:
            con.raw_sql("SET TimeZone = 'UTC'")
            con.raw_sql("SET preserve_insertion_order = false")
            con.raw_sql(f"SET threads = {threads(config)}")
            if config.engine.memory:
                con.raw_sql(f"SET memory_limit = '{config.engine.memory}'")
            yield con
        finally:
            con.disconnect()


def scratch(con: Backend) -> Path:
    """A new folder beside the session's scratch file; it is removed with the session."""
    file = con.con.execute("SELECT file FROM pragma_database_list WHERE name = current_database()").fetchall()
    return Path(tempfile.mkdtemp(dir=Path(file[0][0]).parent if file[0][0] else None))


def threads(config: Config) -> int:
    """Threads for queries and training: as configured, never more than the cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(config.engine.threads or cores, cores)


def compile(con: Backend, table: ir.Table) -> str:
    """The SQL of a table, to keep and run many times, see ``read``."""
    return con.compiler.to_sqlglot(table).transform(_cased).sql("duckdb")


def _cased(node: sge.Expression) -> sge.Expression:
    """``count(case when y then x end)`` for ``count(x) filter (where y)``: the same, in a fourth of the time."""
    aggregate = node.this if isinstance(node, sge.Filter) else None
    if not isinstance(aggregate, _CASED) or isinstance(aggregate.this, sge.Distinct):
        return node
    value = sge.convert(1) if isinstance(aggregate.this, sge.Star) else aggregate.this
    aggregate.set("this", sge.Case(ifs=[sge.If(this=node.expression.this, true=value)]))
    return aggregate


def read(con: Backend, sql: str, few: bool = False) -> pa.Table:
    """The result of a compiled query as an Arrow table.

    few: expect few rows. This avoids planning the query twice, at the price of copying the rows.
    """
    if not few:
        return con.con.sql(sql).to_arrow_table()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Arrow output", UserWarning)  # about the copy
        return con.con.execute(_parsed(sql)).to_arrow_table()


def batches(con: Backend, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
    """The result of a compiled query in batches of so many rows, for what is too large to be held at once.

    To be read to its end, or closed: an open one holds on to the session.
    """
    with con.con.sql(sql).to_arrow_reader(rows) as reader:
        yield from reader


@lru_cache(maxsize=16)
def _parsed(sql: str) -> duckdb.Statement:
    return duckdb.extract_statements(sql)[0]


def put(con: Backend, name: str, rows: ir.Table | pa.Table) -> None:
    """Store rows as a temporary table of that name, replacing an existing one."""
    if isinstance(rows, pa.Table):  # in a fifth of the time that Ibis takes
        con.con.register("_rows", rows)
        con.con.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS FROM _rows')
        con.con.unregister("_rows")
    else:
        con.create_table(name, rows, temp=True, overwrite=True)


def finite(value: ir.Value) -> ir.Value:
    """A float, null where it is infinite or NaN.

    isnan() would not work: Parquet's statistics leave out NaN, and DuckDB concludes that no value is NaN.
    """
    return ibis.ifelse(_is_finite(value), value, None)  # type: ignore[operator]


def from_local(at: ir.Value, zone: str) -> ir.Value:
    """UTC times from wall-clock times of a zone; both without a zone of their own."""
    return at if zone == "UTC" else _from_local(zone, at).cast("timestamp(6)")  # type: ignore[operator]


def without_zone(at: ir.Value) -> ir.Value:
    """UTC times without a zone from instants with one: what a cast gives, in a sixth of its time, which every scan of a
    table would spend. The cast is for infinite ones alone."""
    return ibis.coalesce(_from_micros(_micros(at)).cast("timestamp(6)"), at.cast("timestamp(6)"))  # type: ignore[operator]


def to_local(at: ir.Value, zone: str | ir.Value) -> ir.Value:
    """Wall-clock times of a zone, or of that in each row, from UTC times; both without a zone of their own."""
    return at if isinstance(zone, str) and zone == "UTC" else _to_local(zone, at.cast("timestamp('UTC')"))


def utc(at: datetime, zone: str = "UTC") -> datetime:
    """A UTC time without a zone; a time without one is read in ``zone``."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else instant(at, zone)


def _sweep(folder: Path) -> None:
    """Remove scratch folders of processes that were killed."""
    for left in folder.iterdir():
        pid = left.name.partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            with suppress(OSError):
                shutil.rmtree(left)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
