"""The snapshots before, with their boards: what tiles and sparks go back to."""

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
    """Of each date up to that of ``now`` the newest snapshot that has boards, the oldest first; ``now`` is the last.

    Snapshots that cannot be read, or without boards, are passed over.
    """
    found: dict[str, tuple[float, Past]] = {}
    end = now.manifest["as_of"]
    for file in sorted((now.folder.parent).glob(f"[0-9]*/{MANIFEST}"))[-4 * most :]:
        try:
            stat = file.stat()
            past, made = _past(file.parent, stat.st_ino, stat.st_size, stat.st_mtime_ns), stat.st_mtime
        except (BadInput, OSError):
            continue
        if past is None or past.snapshot.manifest["as_of"] > end or past.snapshot.folder == now.folder:
            continue
        at = past.snapshot.manifest["as_of"]
        if at != end and made > found.get(at, (0.0, past))[0]:
            found[at] = made, past
    cube = read(now.folder, now.manifest.get("boards", {}), "cube")
    last = [] if cube is None else [Past(now, cube)]
    return [*(past for _, (_, past) in sorted(found.items())), *last][-most:]


@lru_cache(maxsize=4 * MOST)
def _past(folder: Path, *_: int) -> Past | None:
    """Read once while its manifest is the same file. It holds little: users are seldom looked up in it."""
    snapshot = replace(read_snapshot(folder), sparing=True)
    cube = read(folder, snapshot.manifest.get("boards", {}), "cube")
    return None if cube is None else Past(snapshot, cube)
