"""The file of save rates that `holdfast verify` keeps for the next run: ``store/verification/save_rates.json``.

Per play, pooled over its trials: ``campaigns``, ``until`` (the last assignment that counted), ``users`` (each once),
``treated``, ``holdout`` (assigned), ``rarer`` (users of the smaller arms expected to churn, or to stay, whichever are
fewer, by their risk before), the save rate of all, ``rate``, ``low``, ``high``, and ``tiers``: the same by stay tier,
drawn to the play's mean, with ``share`` of the users and ``stakes``, the mean value at stake of each twentieth of them.
"""

from pathlib import Path
from typing import Any

from features import whole_files
from features.errors import BadInput

FOLDER, FILE = "verification", "save_rates.json"
VERSION = 1


def read_save_rates(store: Path) -> dict[str, dict[str, Any]]:
    """What is kept, by play; nothing where nothing was verified yet. Raises BadInput where the file was damaged."""
    file = store / FOLDER / FILE
    if not file.exists():
        return {}
    try:
        content = whole_files.read_sealed(file)
    except BadInput:
        raise BadInput(f"{file}: damaged or unreadable; write it anew with 'holdfast verify', or remove it") from None
    if content.get("version") != VERSION:
        raise BadInput(f"{file}: of another format; write it anew with 'holdfast verify'")
    return dict(content["plays"])


def write_save_rates(store: Path, plays: dict[str, dict[str, Any]]) -> Path:
    """Write the file, whole. The same plays give the same bytes: nothing in it is the clock's."""
    file = store / FOLDER / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_sealed(file, {"version": VERSION, "plays": plays})
    return file
