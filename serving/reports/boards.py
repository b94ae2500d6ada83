"""Makes the boards of a date anew, beside snapshots, which never change: of a past date, or after goals changed."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features import whole_files
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.lock import alone
from serving.batch.snapshot import MANIFEST, on_date
from serving.boards.history import history
from serving.boards.write import FOLDER, files, write_boards

VERSION = 1  # of the boards and of their format on disk


@dataclass(frozen=True)
class Made:
    """Boards of a date in a folder of their own. anew: whether they were made now, and not found there."""

    folder: Path
    about: dict[str, Any]
    anew: bool


def make_boards(base: UserBase, at: datetime, progress: Progress = silent) -> Made:
    """Write the boards of a date into ``boards/<date>-<hash>`` of the store, whole: the manifest comes last.

    Boards of scored users are made where a snapshot of that very date is in the store. The name hashes everything that
    the boards depend on, so that the same are not made twice. Raises BadInput where the store cannot be written.
    """
    store, config = base.config.store_path, base.config
    snapshot = on_date(store, at)
    user = snapshot.schema.field("user_id").type if snapshot else None
    earlier = history(store, at, config.horizon, user) if user is not None else {}
    looked_at = [one[0].parent.name for one in earlier.values()]
    told = {
        "version": VERSION,
        "as_of": at.isoformat(),
        "snapshot": snapshot.run_id if snapshot else None,
        "earlier": looked_at,
        "config": config.model_dump(mode="json", exclude={"api", "engine", "store"}),
        "tables": base.tables.fingerprint,
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:10]
    folder = store / FOLDER / f"{at:%Y-%m-%d}-{digest}"
    with alone(store / "work" / f"{FOLDER}-{folder.name}.lock"):
        if (folder / MANIFEST).exists():
            os.utime(folder / MANIFEST)  # so they are the newest of their snapshot again
            return Made(folder, whole_files.read_sealed(folder / MANIFEST), False)
        shutil.rmtree(folder, ignore_errors=True)
        before = None
        if snapshot and (run := snapshot.manifest.get("stages_before")):
            before = next((one for one, of in earlier.items() if of[0].parent.name == run), None)
        parts = snapshot.files if snapshot else []
        boards = write_boards(base, at, folder, parts, before, progress)
        base.still_as_read()
        about = {name: told[name] for name in ("version", "as_of", "snapshot", "earlier")} | {"boards": boards}
        whole_files.write_sealed(folder / MANIFEST, about)
    return Made(folder, whole_files.read_sealed(folder / MANIFEST), True)


def told_files(made: Made) -> dict[str, int]:
    """Name → rows of the boards that were made, in their order."""
    boards = made.about["boards"]
    return {name: boards["made"][name]["rows"] for name, _, _ in files(made.folder, boards)}
