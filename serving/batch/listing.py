"""The snapshots of a store: all of them, or one by its name."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.errors import BadInput, did_you_mean
from serving.batch.snapshot import LATEST, MANIFEST, Snapshot, latest, open_snapshot

PREVIOUS = "previous"  # by name: the newest finished before the latest


@dataclass(frozen=True)
class Entry:
    """A finished snapshot of a store; ``snapshot`` is None and ``problem`` says why where it cannot be opened."""

    folder: Path
    made: datetime  # UTC, when it was finished
    size: int  # bytes, all its files
    latest: bool
    snapshot: Snapshot | None
    problem: str = ""


def shelf(store: Path) -> list[Entry]:
    """Every finished snapshot, the newest first. Manifests are checked, parts are not read."""
    current = pointed_at(store)
    found = []
    for file in (store / "snapshots").glob(f"[!.]*/{MANIFEST}"):
        with suppress(FileNotFoundError):  # pruned meanwhile
            found.append(_entry(file.parent, current))
    return sorted(found, key=lambda entry: (entry.made, entry.folder.name), reverse=True)


def pointed_at(store: Path) -> str | None:
    """The name that ``latest`` holds; None where there is no snapshot yet."""
    try:
        return (store / "snapshots" / LATEST).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None


def named(store: Path, name: str) -> Snapshot:
    """A snapshot by its run, or by ``latest`` or ``previous``; raises BadInput for an unknown name."""
    if name == LATEST:
        return latest(store)
    entries = shelf(store)
    names = [entry.folder.name for entry in entries]
    if name == PREVIOUS:
        before = next((at for at, entry in enumerate(entries) if entry.latest), len(entries)) + 1
        if before >= len(entries):
            raise BadInput(f"{store / 'snapshots'}: no snapshot before the latest; make one with 'holdfast score'")
        return open_snapshot(entries[before].folder)
    if name not in names:
        raise BadInput(f"{name}: no finished snapshot of that name; {did_you_mean(name, names)}")
    return open_snapshot(store / "snapshots" / name)


def size(folder: Path) -> int:
    """Bytes of a file, or of those in a folder."""
    return sum(file.stat().st_size for file in (folder.rglob("*") if folder.is_dir() else (folder,)) if file.is_file())


def _entry(folder: Path, current: str | None) -> Entry:
    made = datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    try:
        snapshot, problem = open_snapshot(folder), ""
    except BadInput as error:
        snapshot, problem = None, str(error)
    return Entry(folder, made, size(folder), folder.name == current, snapshot, problem)
