"""The DuckDB of this process, through which pages go through files: to start one takes longer than most scans."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

import duckdb

from serving.api.guard.deadline import stoppable

_lock = Lock()


@contextmanager
def scanning() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of one's own, in UTC. A query is interrupted where the request's time is over. Threads may call it;
    nothing is to be stored through it."""
    with _lock:
        con = _shared().cursor()
    with con, stoppable(con.interrupt):
        yield con


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    return con
