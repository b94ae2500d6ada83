"""MLflow's sqlite files without the wait: nothing is synced to the disk, and a new one is a copy of an empty one.

MLflow makes one by its history of changes, a thousand syncs to the disk. Here that happens once a process, in memory,
by the same function. Processes that tests start (`holdfast serve`, killed runs) make theirs as on anybody's machine.
"""

import sqlite3
from contextlib import suppress
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine


@cache
def _empty() -> Engine:
    from mlflow.store.db.utils import _initialize_tables

    engine = create_engine("sqlite://")
    _initialize_tables(engine)
    return engine


@event.listens_for(Engine, "connect")
def _quickly(database: object, _record: object) -> None:
    """A new connection, of MLflow to sqlite or of anything else to anything, which is left alone."""
    if not isinstance(database, sqlite3.Connection):
        return
    file = Path(database.execute("PRAGMA database_list").fetchone()[2])
    with suppress(sqlite3.DatabaseError):  # a damaged file: a test of what we say of it
        database.execute("PRAGMA synchronous = OFF")
    if file.name == "mlflow.db" and file.stat().st_size == 0:
        _empty().raw_connection().driver_connection.backup(database)
