"""Where users stood in the period before: the stages of the newest snapshot of an earlier date."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.errors import BadInput
from serving.batch.part import ALL
from serving.batch.snapshot import MANIFEST, Snapshot, open_snapshot


def earlier(store: Path, at: datetime) -> Snapshot | None:
    """The newest snapshot of a date before that of ``at`` (UTC) that can be opened; None where there is none.

    Of several as of the same moment, the one that was finished last.
    """
    found: dict[str, list[Path]] = {}
    for file in (store / "snapshots").glob(f"[0-9]*/{MANIFEST}"):
        found.setdefault(file.parent.name[:10], []).append(file)
    for date in sorted(found, reverse=True):
        there = []
        for file in found[date] if date < f"{at:%Y-%m-%d}" else ():
            with suppress(BadInput, FileNotFoundError):  # of an older format, damaged, or pruned meanwhile
                made, snapshot = file.stat().st_mtime_ns, open_snapshot(file.parent)
                there.append((snapshot.manifest["as_of"], made, snapshot))
        if there:
            return max(there, key=lambda one: one[:2])[2]
    return None


def stages_before(snapshot: Snapshot | None, users: pa.ChunkedArray, prefix: str = ALL) -> pa.Array:
    """The stage of users in an earlier snapshot, in their order; null for who is not in it, and where there is none.

    prefix: of the part that all these users are in. Ids of another type are nobody's. Raises BadInput where a part of
    the snapshot is damaged.
    """
    if snapshot is None:
        return pa.nulls(len(users), pa.string())
    try:
        if snapshot.schema.field("user_id").type != users.type:
            return pa.nulls(len(users), pa.string())
        return snapshot.column("stage", users, prefix)
    except BadInput as error:
        what = str(error).partition(";")[0]
        raise BadInput(
            f"{what}; the stages before are read from it: score its date again, or remove {snapshot.folder}"
        ) from None
