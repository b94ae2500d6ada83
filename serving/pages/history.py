"""The snapshots before, with their boards: what tiles and sparks go back to."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.errors import BadInput
from serving.batch.snapshot import MANIFEST, Snapshot, open_snapshot
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
            past, made = _past(file.parent), file.stat().st_mtime
        except (BadInput, OSError):
            continue
        if past is None or past.snapshot.manifest["as_of"] > end or past.snapshot.folder == now.folder:
            continue
        at = past.snapshot.manifest["as_of"]
        if at != end and made > found.get(at, (0.0, past))[0]:
            found[at] = made, past
    last = _past(now.folder)
    return [*(past for _, (_, past) in sorted(found.items())), *([last] if last else [])][-most:]


def _past(folder: Path) -> Past | None:
    snapshot = open_snapshot(folder)
    cube = read(folder, snapshot.manifest.get("boards", {}), "cube")
    return None if cube is None else Past(snapshot, cube)
