"""Clears old snapshots, and what killed runs left of unfinished ones, out of a store."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serving.batch.listing import pointed_at, shelf, size
from serving.batch.lock import alone_if_free, using
from serving.batch.snapshot import MANIFEST

DAY = 86_400.0
GONE = ".gone-"  # what is being removed: no reader finds it any more


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be: folders and their bytes."""

    snapshots: dict[Path, int]
    unfinished: dict[Path, int]  # of killed runs; files too


def prune(store: Path, keep: int, dry_run: bool = False) -> Pruned:
    """Remove all snapshots but the newest ``keep`` and the one that ``latest`` points to.

    Swept as well: folders of runs that were killed, and temporary files, untouched for a day. A run that another
    process works on is let be.
    A snapshot vanishes as a whole for new readers; a reader that has a part open can finish it.
    """
    store.mkdir(parents=True, exist_ok=True)
    with using(store):
        old = {one.folder: one.size for one in shelf(store)[keep:] if not one.latest}
        left = {folder: size(folder) for folder in _unfinished(store)}
        pruned = {folder: _removed(store, folder, dry_run) for folder in [*old, *left]}
    return Pruned(
        {folder: bytes for folder, bytes in old.items() if pruned[folder]},
        {folder: bytes for folder, bytes in left.items() if pruned[folder]},
    )


def _unfinished(store: Path) -> list[Path]:
    found = sorted((store / "snapshots").glob("*"))
    gone = [path for path in found if path.name.startswith(GONE)]
    return gone + [path for path in found if path not in gone and _remains(path) and _age(path) > DAY]


def _remains(path: Path) -> bool:
    return not (path / MANIFEST).exists() if path.is_dir() else path.name.startswith(".") and path.suffix == ".tmp"


def _age(path: Path) -> float:
    """Seconds since a file, or anything in a folder, changed."""
    return time.time() - max(one.stat().st_mtime for one in (path, *(path.iterdir() if path.is_dir() else ())))


def _removed(store: Path, folder: Path, dry_run: bool) -> bool:
    with _nobody_at(store, folder) as free:
        if free and not dry_run and folder.name != pointed_at(store):
            gone = folder if folder.name.startswith(GONE) else folder.with_name(GONE + folder.name)
            folder.rename(gone)
            if gone.is_dir():
                shutil.rmtree(gone)
            else:
                gone.unlink()
        return free


@contextmanager
def _nobody_at(store: Path, folder: Path) -> Iterator[bool]:
    """Whether no job is at the run; none can begin meanwhile."""
    run = re.sub(r"^(\d{4}-\d\d-\d\d-[0-9a-f]+)-\d+$", r"\1", folder.name)  # scored again, it has a number behind
    locks = store / "work"
    locks.mkdir(parents=True, exist_ok=True)
    with alone_if_free(locks / f"{run}.lock") as free:
        yield free
