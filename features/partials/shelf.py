"""The files that hold what a table's days come to: found by day and key, sound by the hash in their names."""

import hashlib
import io
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from features import whole_files

FOLDER = "partials"  # in the store; in it a folder for each table
NAME = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)-(?P<key>[0-9a-f]{24})-(?P<hash>[0-9a-f]{24})\.parquet")
DAY = 86_400.0


@dataclass(frozen=True)
class Kept:
    """A file. key: of all that its rows depend on."""

    file: Path
    day: date
    key: str

    @property
    def sound(self) -> bool:
        """Whether its bytes are what was written."""
        try:
            return _hash(self.file.read_bytes()) == self.file.name.rpartition("-")[2].partition(".")[0]
        except OSError:
            return False

    def use(self) -> None:
        """Say by its time of change that it is still of use, once a day."""
        if time.time() - self.file.stat().st_mtime > DAY:
            os.utime(self.file)


def on_shelf(store: Path, table: str | None = None) -> list[Kept]:
    """The files of a table, or of all, by name."""
    return sorted(_files(store / FOLDER, table or "*"), key=lambda one: one.file)


def put(store: Path, table: str, day: date, key: str, rows: pa.Table) -> Kept:
    """Write what a day comes to, whole or not at all; of the same rows, the same file."""
    from pyarrow.parquet import write_table

    buffer = io.BytesIO()
    write_table(rows, buffer, compression="zstd")
    file = store / FOLDER / table / f"{day}-{key}-{_hash(buffer.getvalue())}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write(file, lambda part: part.write_bytes(buffer.getbuffer()))
    return Kept(file, day, key)


def _files(folder: Path, table: str) -> Iterator[Kept]:
    for file in folder.glob(f"{table}/*.parquet"):
        if found := NAME.fullmatch(file.name):
            yield Kept(file, date.fromisoformat(found["day"]), found["key"])


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
