"""The newest monitoring report in the store: what pages and gauges read of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features import whole_files

FOLDER, NEWEST = "monitoring", "latest.json"


def keep(store: Path, told: Mapping[str, Any]) -> Path:
    """Write a report, as JSON, as the newest one; its file."""
    file = store / FOLDER / NEWEST
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_text(file, json.dumps(told, indent=1, ensure_ascii=False))
    return file


def newest(store: Path) -> dict[str, Any] | None:
    """The newest report; None where there is none, or none that can be read."""
    try:
        found = json.loads((store / FOLDER / NEWEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "verdict" in found else None
