"""Which boards belong to a snapshot: those that were made anew last, else those written beside it."""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from features import whole_files
from features.errors import BadInput
from serving.boards.history import MANIFEST
from serving.boards.write import FOLDER


def boards_of(store: Path, snapshot: Path, manifest: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """The folder of a snapshot's boards, and what is said of them; nothing made where it has none.

    snapshot: its folder; manifest: its own.
    """
    day = str(manifest["as_of"])[:10]
    anew = []
    for file in (store / FOLDER).glob(f"{day}-*/{MANIFEST}"):
        with suppress(OSError, BadInput):  # damaged, or taken away meanwhile
            made = file.stat().st_mtime_ns
            about = _read(file, made)
            if about["snapshot"] == snapshot.name:
                anew.append((made, file.parent, about["boards"]))
    if anew:
        _, folder, boards = max(anew, key=lambda one: one[:2])
        return folder, boards
    return snapshot, manifest.get("boards", {})


@lru_cache(maxsize=64)
def _read(file: Path, made: int) -> dict[str, Any]:
    return whole_files.read_sealed(file)
