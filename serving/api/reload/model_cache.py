"""Keeps bundles beside the service: the last ones tried, and which one served last, for when the registry is gone."""

import json
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from training.bundle import load, save
from training.tracking import Version

FOLDER, POINTER = "serving", "champion.json"
KEPT = 3
LEFT = 3600  # seconds after which a half-written folder counts as abandoned


@dataclass(frozen=True)
class Place:
    """The folder of a fetched version."""

    number: str
    run_id: str
    folder: str

    def version(self) -> Version:
        """The version itself, its hashes checked; raises BadInput where they do not match."""
        return Version(self.number, self.run_id, load(self.folder))


def keep(store: Path, version: Version) -> Place:
    """Put a version beside the service, and remove older ones that are not needed any more."""
    home = store / FOLDER / "models"
    folder = home / version.name
    place = Place(version.number, version.run_id, str(folder))
    if folder.exists():  # looked at once: what comes later is another worker's, and whole
        try:
            place.version()
        except BadInput:
            shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # it is there
        save(version.bundle, folder)
    folder.touch()
    _sweep(home, store)
    return place


def _sweep(home: Path, store: Path) -> None:
    served, there = last(store), sorted(home.iterdir(), key=lambda one: one.stat().st_mtime)
    for one in [one for one in there if one.name[0] != "."][:-KEPT]:
        if served is None or str(one) != served.folder:
            shutil.rmtree(one, ignore_errors=True)
    for one in there:  # left by a watcher that was killed while it wrote
        if one.name[0] == "." and one.stat().st_mtime < time.time() - LEFT:
            shutil.rmtree(one, ignore_errors=True)


def served(store: Path, place: Place) -> None:
    """Record that this version serves."""
    pointer = store / FOLDER / POINTER
    with suppress(OSError):  # it only helps a start without the registry
        whole_files.write_text(pointer, json.dumps(asdict(place)))


def last(store: Path) -> Place | None:
    """The version that served last; None where it is not known."""
    try:
        return Place(**json.loads((store / FOLDER / POINTER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
