"""Opens the engine that runs the feature queries: DuckDB through Ibis, on a scratch file so that large tables spill."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.config import Config

_AT_ZONE = "timezone"


@ibis.udf.scalar.builtin(name=_AT_ZONE, signature=(("string", "timestamp"), "timestamp('UTC')"))
def _from_local(zone, at):
    """The instant that a wall clock in the zone showed."""


@ibis.udf.scalar.builtin(name=_AT_ZONE, signature=(("string", "timestamp('UTC')"), "timestamp"))
def _to_local(zone, at):
    """What a wall clock in the zone shows at an instant."""


@contextmanager
def connect(config: Config) -> Iterator[Backend]:
    """A DuckDB session in UTC, with the configured threads and memory; its scratch file is gone afterwards."""
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


def threads(config: Config) -> int:
    """Threads for queries and training: as configured, never more than the cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(config.engine.threads or cores, cores)


def read(con: Backend, sql: str) -> pa.Table:
    """The result of a compiled query as an Arrow table."""
    return con.con.sql(sql).to_arrow_table()


def from_local(at: ir.Value, zone: str) -> ir.Value:
    """UTC times from wall-clock times of a zone; both without a zone of their own."""
    return at if zone == "UTC" else _from_local(zone, at).cast("timestamp(6)")  # type: ignore[operator]


def to_local(at: ir.Value, zone: str) -> ir.Value:
    """Wall-clock times of a zone from UTC times; both without a zone of their own."""
    return at if zone == "UTC" else _to_local(zone, at.cast("timestamp('UTC')"))


def utc(at: datetime, zone: str = "UTC") -> datetime:
    """A UTC time without a zone; a time without one is read in ``zone``."""
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC).replace(tzinfo=None)


def _sweep(folder: Path) -> None:
    """Remove scratch folders whose process was killed before it could."""
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
