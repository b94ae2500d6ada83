"""Copies a store between two jobs, so that the copy is of one state: what `cp` cannot promise while something runs."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import BadInput
from serving.batch.lock import STORE, owning
from training.mlflow_place import DATABASE

LEFT_OUT = (
    "work",
    "tmp",
    "*.lock",
    ".*.tmp",
    ".remote",
    DATABASE,
    f"{DATABASE}-*",
)  # what jobs work with; the database apart


def copy(store: Path, to: Path) -> int:
    """Copy a store to a new folder, and return the bytes. Jobs that use it are waited for, and those that begin
    meanwhile wait; what the service reads is not touched.

    Raises BadInput where the folder is there already, or lies in the store.
    """
    if to.exists():
        raise BadInput(f"{to}: is there already; name a new folder")
    if to.resolve().is_relative_to(store.resolve()):
        raise BadInput(f"{to}: lies in the store itself; name a folder beside it")
    part = to.with_name(f".{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    with owning(store):
        shutil.copytree(store, part, ignore=shutil.ignore_patterns(*LEFT_OUT, STORE), symlinks=True)
        if (store / DATABASE).exists():  # a service may write to it now
            with (
                closing(sqlite3.connect(store / DATABASE)) as source,
                closing(sqlite3.connect(part / DATABASE)) as copied,
            ):
                source.backup(copied)
    part.rename(to)
    return sum(file.stat().st_size for file in to.rglob("*") if file.is_file())
