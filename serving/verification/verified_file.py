"""What the last whole verification found, kept in the store: what the pages show."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from features import whole_files
from features.errors import BadInput
from training.verification.campaigns.verification_json import as_json
from training.verification.campaigns.verify import Verified

FILE = Path("verification", "verified.json")  # in the store


def write_verified(store: Path, found: Sequence[Verified], until: datetime, now: datetime) -> Path:
    """Write what was found of all campaigns, in place of what was found before, and return the file.

    until: what the tables observe up to; now: when it was found; both UTC, without a zone.
    """
    file = store / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    dates = {"until": until.isoformat(timespec="seconds"), "made": now.isoformat(timespec="seconds")}
    whole_files.write_sealed(file, dates | as_json(found))
    return file


def read_verified(store: Path) -> dict[str, Any] | None:
    """``until``, ``made`` and ``plays``, see ``verification_json``; None where nothing was verified yet.

    Raises BadInput for a damaged file.
    """
    file = store / FILE
    try:
        return whole_files.read_sealed(file) if file.exists() else None
    except BadInput:
        raise BadInput(f"{file}: damaged; verify again with 'holdfast verify'") from None
