"""The snapshots before, with their boards: what tiles, sparks and the stage flow go back to."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from features.errors import BadInput
from serving.batch.snapshot import MANIFEST, Snapshot, read_snapshot
from serving.boards.read import read

MOST = 12


@dataclass(frozen=True)
class Past:
    """A snapshot of the past: its date, and its cube of users."""

    snapshot: Snapshot
    cube: pa.Table

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.snapshot.manifest["as_of"])


def history(now: Snapshot, most: int = MOST) -> list[Past]:
    """The snapshot and those before it, each the one that ``stage_before`` of the next comes from, the oldest first: so
    moves between two of them are those that the later one tells of.

    It ends where that snapshot is gone, cannot be read, or has no boards; empty where ``now`` has none.
    """
    cube = read(now.folder, now.manifest.get("boards", {}), "cube")
    found = [] if cube is None else [Past(now, cube)]
    while found and len(found) < most and (name := found[-1].snapshot.manifest.get("stages_before")):
        try:
            folder = now.folder.with_name(name)
            stat = (folder / MANIFEST).stat()
            past = _past(folder, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        except (BadInput, OSError):  # pruned, damaged, or of an older format
            past = None
        if past is None:
            break
        found.append(past)
    return found[::-1]


@lru_cache(maxsize=4 * MOST)
def _past(folder: Path, *_: int) -> Past | None:
    """Read once while its manifest is the same file. It holds little: users are seldom looked up in it."""
    snapshot = replace(read_snapshot(folder), sparing=True)
    cube = read(folder, snapshot.manifest.get("boards", {}), "cube")
    return None if cube is None else Past(snapshot, cube)
