"""What a snapshot is on disk: Parquet parts, and a manifest that makes them visible. Readers never see half of one."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from features.errors import BadInput

MANIFEST, LATEST = "manifest.json", "latest"


@dataclass(frozen=True)
class Snapshot:
    """A finished snapshot: its folder and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def run_id(self) -> str:
        return self.folder.name

    def dataset(self) -> ds.Dataset:
        return ds.dataset([self.folder / part["file"] for part in self.manifest["parts"]], format="parquet")

    def look_up(self, users: list[Any]) -> pa.Table:
        """The rows of the given users; those that are not known are left out."""
        wanted = pa.array(users, self.dataset().schema.field("user_id").type)
        return self.dataset().to_table(filter=ds.field("user_id").isin(wanted))

    def column(self, name: str, users: pa.ChunkedArray) -> pa.Array:
        """A column for the given users, in their order; null for who is not in the snapshot."""
        rows = self.table(["user_id", name])
        return rows[name].combine_chunks().take(pc.index_in(users, rows["user_id"].combine_chunks()).combine_chunks())

    def table(self, columns: list[str] | None = None) -> pa.Table:
        """All rows; for small user bases and tests."""
        return self.dataset().to_table(columns=columns)


def run_id(as_of: datetime, *parts: str) -> str:
    """The name of a scoring run: its date, and a hash of everything that its result depends on."""
    digest = hashlib.sha256(json.dumps([as_of.isoformat(), *parts]).encode()).hexdigest()
    return f"{as_of:%Y-%m-%d}-{digest[:10]}"


def place(store: Path, run: str, fresh: bool) -> Path:
    """The folder of a run's finished snapshot or, where there is none or when ``fresh``, the one to write to.

    Nothing is ever written to a finished snapshot, for readers may be in it: run again, it gets a folder with a number.
    """
    folder, number = store / "snapshots" / run, 1
    done = None
    while (folder / MANIFEST).exists():
        done, number = folder, number + 1
        folder = folder.with_name(f"{run}-{number}")
    return folder if fresh or done is None else done


def write_part(folder: Path, name: str, table: pa.Table) -> None:
    """Write one part whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.{os.getpid()}.tmp"
    pq.write_table(table, part, compression="zstd", row_group_size=50_000)
    part.replace(folder / name)


def read_part(folder: Path, name: str) -> pa.Table | None:
    """A part that is there already, left by a run that was stopped; None where there is none, or a damaged one."""
    try:
        return pq.ParquetFile(folder / name).read()
    except (OSError, pa.ArrowInvalid):
        return None


def finish(folder: Path, about: dict[str, Any], names: Sequence[str]) -> Snapshot:
    """Write the manifest of the named parts, which makes the snapshot visible, then point ``latest`` at it."""
    parts = [
        {
            "file": name,
            "rows": pq.read_metadata(folder / name).num_rows,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in names
    ]
    _replace(folder / MANIFEST, json.dumps(about | {"parts": parts}, indent=1))
    return publish(folder)


def publish(folder: Path) -> Snapshot:
    """Point ``latest`` at a finished snapshot."""
    snapshot = open_snapshot(folder)
    _replace(folder.parent / LATEST, folder.name)
    return snapshot


def open_snapshot(folder: Path) -> Snapshot:
    """A finished snapshot; raises BadInput where there is none."""
    try:
        return Snapshot(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise BadInput(f"{folder}: no finished snapshot there; make one with 'holdfast score'") from None


def latest(store: Path) -> Snapshot:
    """The newest snapshot of a store; raises BadInput where there is none yet."""
    pointer = store / "snapshots" / LATEST
    try:
        return open_snapshot(pointer.parent / pointer.read_text(encoding="utf-8").strip())
    except OSError:
        raise BadInput(f"{pointer}: no snapshot yet; make one with 'holdfast score'") from None


def on_date(store: Path, at: datetime) -> Snapshot | None:
    """The newest finished snapshot as of a date; None where there is none."""
    found = sorted((store / "snapshots").glob(f"{at:%Y-%m-%d}-*/{MANIFEST}"), key=lambda file: file.stat().st_mtime)
    snapshots = [open_snapshot(file.parent) for file in found]
    return next((one for one in reversed(snapshots) if one.manifest["as_of"] == at.isoformat()), None)


def _replace(file: Path, text: str) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
