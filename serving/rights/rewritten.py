"""Takes rows out of files that a manifest names with their hashes, so that readers see all of it or nothing.

What has to change is written beside the old file under a name with a number; then the manifest that names it is renamed
into place; then the old files go. Killed in between, the same again ends the same.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from serving.rights.people import People

LATER_NS = 1000  # a manifest keeps its time, by which snapshots are ordered, but for this: readers see that it changed


def read(file: Path) -> pa.Table:
    """A file's rows; raises BadInput, with a cure, where it cannot be read: somebody may be in it."""
    try:
        return pq.ParquetFile(file).read(use_threads=False)
    except (OSError, pa.ArrowException):
        raise BadInput(
            f"{file}: damaged or not there, so nobody can be erased from it; remove {file.parent}, and erase again"
        ) from None


def next_name(name: str) -> str:
    """The name of a file that is written anew: ``part-3f.parquet``, ``part-3f~2.parquet``, ``part-3f~3.parquet``."""
    stem, dot, ending = name.rpartition(".")
    base, _, number = stem.partition("~")
    return f"{base}~{int(number or 1) + 1}{dot}{ending}"


def without(folder: Path, name: str, people: People) -> tuple[str, pa.Table, int] | None:
    """The next name of a file, its rows without these people, and how many are gone; None where none is."""
    before = read(folder / name)
    rows = people.without(before)
    return None if rows is None else (next_name(name), rows, len(before) - len(rows))


def write_manifest(file: Path, content: dict[str, Any]) -> None:
    """Put a manifest in the place of the one before, made at the same time."""
    whole_files.write_sealed(file, content, file.stat().st_mtime_ns + LATER_NS)


def keep_only(folder: Path, kept: Iterable[Path]) -> None:
    """Remove every other file of a folder and of those in it, such as what a killed erasure left."""
    there = set(kept)
    for file in sorted(folder.rglob("*"), reverse=True):
        if file.is_file() and file not in there:
            file.unlink()


def in_place(file: Path, people: People, write: Callable[[Path, pa.Table], object] | None = None) -> int:
    """Take their rows out of a file that no manifest names; how many there were."""
    if not file.exists():
        return 0
    before = read(file)
    rows = people.without(before)
    if rows is None:
        return 0
    (write or whole_files.write_parquet)(file, rows)
    return len(before) - len(rows)
