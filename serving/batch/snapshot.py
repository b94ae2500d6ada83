"""A snapshot on disk: Parquet parts by md5 of the user id, and a manifest that makes them visible.

Readers never see half of one. ``part.py`` describes a part.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from serving.batch.part import ALL, part_file, prefixes, record_file
from serving.batch.row_reader import CURE, Reader

MANIFEST, LATEST = "manifest.json", "latest"
INPUTS = "inputs.json"  # beside the parts: how the features were spread over the scored users
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # of a snapshot's folder
VERSION = 5  # of the format on disk; part of every run id


@dataclass(frozen=True)
class Snapshot:
    """A finished snapshot: its folder and what its manifest says. Threads may share it. sparing: it holds few of its
    rows and files, see ``Reader``."""

    folder: Path
    manifest: dict[str, Any]
    sparing: bool = False

    @property
    def run_id(self) -> str:
        return self.folder.name

    @property
    def schema(self) -> pa.Schema:
        """Columns, each with its meaning as metadata."""
        return self._reader.schema

    @property
    def files(self) -> list[Path]:
        """The Parquet files of its rows, for DuckDB. Raises BadInput where one is not what was written."""
        return list(self._reader.files())

    def each_file(self) -> Iterator[Path]:
        """The same one by one, each checked against its hash when its turn comes."""
        return self._reader.files()

    def look_up(self, users: Sequence[Any], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of the given users, each once, in the order given; unknown users are left out. columns: only these,
        of which all must be there.

        Reads one row group per user, or none where it is still in memory. An id of another type than the snapshot's is
        unknown. Raises BadInput where one of their files is damaged.
        """
        return self._reader.look_up(users, columns)

    def warm(self) -> None:
        """Check and open every part now, so that no later look-up waits for it.

        Reads the whole snapshot once; raises BadInput where a part is damaged.
        """
        self._reader.warm()

    def iterate(
        self, columns: Sequence[str] | None = None, rows: int = 50_000, prefix: str = ALL
    ) -> Iterator[pa.RecordBatch]:
        """All rows in batches of at most ``rows``, part by part and within a part by user_id, in bounded memory.

        prefix: only the parts that hold users of this part of a snapshot, of however many digits."""
        return self._reader.batches(columns, rows, prefix)

    def column(self, name: str, users: pa.ChunkedArray, prefix: str = ALL) -> pa.Array:
        """A column for the given users, in their order; null for users who are not in the snapshot, or not in these
        parts of it, see ``iterate``."""
        rows = self._all(["user_id", name], prefix)
        return rows[name].combine_chunks().take(pc.index_in(users, rows["user_id"].combine_chunks()).combine_chunks())

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows by user_id; for small user bases and tests."""
        rows = self._all(None if columns is None else list(dict.fromkeys(["user_id", *columns]))).sort_by("user_id")
        return rows if columns is None else rows.select(columns)

    def _all(self, columns: Sequence[str] | None, prefix: str = ALL) -> pa.Table:
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        return pa.Table.from_batches(self.iterate(columns, prefix=prefix), schema)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.folder, self.manifest["digits"], self.manifest["parts"], self.sparing)


def run_id(as_of: datetime, *parts: str) -> str:
    """The name of a scoring run: its date, and a hash of everything that its result depends on."""
    digest = hashlib.sha256(json.dumps([VERSION, as_of.isoformat(), *parts]).encode()).hexdigest()
    return f"{as_of:%Y-%m-%d}-{digest[:10]}"


def place(store: Path, run: str, fresh: bool) -> Path:
    """The folder of a run's finished snapshot or, where there is none or when ``fresh``, the one to write to.

    Nothing is ever written to a finished snapshot, since readers may be in it: a new run gets a folder with a number.
    """
    folder, number = store / "snapshots" / run, 1
    done = None
    while (folder / MANIFEST).exists():
        done, number = folder, number + 1
        folder = folder.with_name(f"{run}-{number}")
    return folder if fresh or done is None else done


def finish(folder: Path, about: dict[str, Any], digits: int) -> Snapshot:
    """Write the manifest of the parts, which makes the snapshot visible, then point ``latest`` at it.

    digits: how many hex digits the prefixes have; every prefix must have a finished part. about: what else the manifest
    is to say. Raises BadInput where a part is missing or has other columns than the first.
    """
    parts, first = [], None
    for prefix in prefixes(digits):
        record, file = whole_files.read_sealed(record_file(folder, prefix)), part_file(folder, prefix)
        try:
            schema = pq.read_schema(file)
        except (OSError, pa.ArrowException):
            raise BadInput(f"{file}: damaged or not there; score again, and it is made anew") from None
        first = first or schema
        if not schema.equals(first, check_metadata=False):
            raise BadInput(f"{file}: other columns than {part_file(folder, prefixes(digits)[0]).name}; {CURE}")
        parts.append({"file": file.name, "prefix": prefix, "rows": record["rows"], "sha256": record["sha256"]})
    for left in folder.glob(".*.tmp"):  # by a process that was killed while it wrote
        left.unlink(missing_ok=True)
    whole_files.write_sealed(folder / MANIFEST, {"version": VERSION, "digits": digits} | about | {"parts": parts})
    return publish(folder)


def publish(folder: Path) -> Snapshot:
    """Point ``latest`` at a finished snapshot."""
    snapshot = open_snapshot(folder)
    whole_files.write_text(folder.parent / LATEST, folder.name)
    return snapshot


def open_snapshot(folder: Path) -> Snapshot:
    """A finished snapshot; raises BadInput where there is none, it is damaged, or of an older format."""
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        raise BadInput(f"{folder}: no finished snapshot there; make one with 'holdfast score'") from None
    return _opened(folder, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)
def _opened(folder: Path, *_: int) -> Snapshot:
    """Opened once while the manifest is the same file, so that each request finds its parts open."""
    return read_snapshot(folder)


def read_snapshot(folder: Path) -> Snapshot:
    """The same, but with none of its files checked before, as in a new process."""
    file = folder / MANIFEST
    try:
        manifest = whole_files.read_sealed(file)
    except BadInput:
        with suppress(OSError):
            if whole_files.SEAL.encode() not in file.read_bytes():
                raise BadInput(f"{file}: of an older format, or cut off; {CURE}") from None
        raise
    if manifest["version"] != VERSION:
        raise BadInput(f"{file}: of format {manifest['version']}, this Holdfast reads {VERSION}; {CURE}")
    return Snapshot(folder, manifest)


def latest(store: Path) -> Snapshot:
    """The newest snapshot of a store; raises BadInput where there is none yet, or ``latest`` names no folder of it."""
    folder = newest(store)
    while True:
        try:
            return open_snapshot(folder)
        except BadInput:
            now = newest(store)
            if now == folder:
                raise
            folder = now  # it moved on meanwhile, and the old one was pruned


def newest(store: Path) -> Path:
    """The folder that ``latest`` names, in the store's own: who can write that file cannot point readers elsewhere.

    Raises BadInput where there is no snapshot yet, or anything but the name of such a folder.
    """
    pointer = store / "snapshots" / LATEST
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise BadInput(f"{pointer}: no snapshot yet; make one with 'holdfast score'") from None
    folder = pointer.with_name(name) if NAME.fullmatch(name) else pointer
    if folder == pointer or folder.is_symlink() or pointer.is_symlink():
        raise BadInput(f"{pointer}: leads out of the store; write the name of a folder beside it, or score again")
    return folder


def on_date(store: Path, at: datetime) -> Snapshot | None:
    """The newest finished snapshot as of a date; None where there is none."""
    made: dict[Path, float] = {}
    for file in (store / "snapshots").glob(f"{at:%Y-%m-%d}-*/{MANIFEST}"):
        with suppress(FileNotFoundError):  # pruned meanwhile
            made[file] = file.stat().st_mtime
    snapshots = (open_snapshot(file.parent) for file in sorted(made, key=made.__getitem__, reverse=True))
    return next((one for one in snapshots if one.manifest["as_of"] == at.isoformat()), None)
