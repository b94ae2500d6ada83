"""MLflow's sqlite file on its way between machines: compacted, and with paths that hold wherever a store lies.

Of the same rows it is the same bytes, so whether somebody wrote to it is told by its hash.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import BadInput
from training.mlflow_place import DATABASE

ANYWHERE = "file:///holdfast-store/"  # stands for the folder of the store
PLACES = (
    ("runs", "artifact_uri"),
    ("experiments", "artifact_location"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)


def pack(store: Path, to: Path) -> None:
    """Write the database of a store to a new file. A service may write to it meanwhile. Raises BadInput."""
    part = to.with_name(f"{to.name}.part")
    for file in (to, part):
        file.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(store / DATABASE)) as source, closing(sqlite3.connect(part)) as copied:
            source.backup(copied)
            _move(copied, _home(store), ANYWHERE)
            copied.execute("VACUUM INTO ?", (str(to),))
    except sqlite3.Error as error:
        raise BadInput(
            f"{store / DATABASE}: cannot be read ({error}); bring it back with 'holdfast store fetch --theirs'"
        ) from None
    finally:
        part.unlink(missing_ok=True)


def unpack(packed: Path, store: Path) -> None:
    """Put a packed database in the place of a store's, for those too who have that open. Raises BadInput."""
    try:
        with closing(sqlite3.connect(packed)) as source:
            _move(source, ANYWHERE, _home(store))
            with closing(sqlite3.connect(store / DATABASE, timeout=30)) as home:
                source.backup(home)  # in one transaction: killed in between, it is as before
    except sqlite3.Error as error:
        raise BadInput(f"{store / DATABASE}: cannot be written ({error}); stop what has it open") from None


def _home(store: Path) -> str:
    return f"{store.absolute().as_uri()}/"


def _move(database: sqlite3.Connection, before: str, after: str) -> None:
    for table, column in PLACES:
        there = database.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column)).fetchone()
        if there:
            database.execute(
                f'UPDATE "{table}" SET "{column}" = ? || substr("{column}", ?) WHERE substr("{column}", 1, ?) = ?',
                (after, len(before) + 1, len(before), before),
            )
    database.commit()
