"""Erases people from all that Holdfast keeps, and sees to it that they never come back.

Who is to be erased is written down first (``journal``), then that they are suppressed (``features.suppressed``); then
every place of the store is gone through. Each step done twice does nothing the second time, so an erasure that was
killed ends the same when it is done again.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features import suppressed
from features.config import Config
from features.errors import BadInput
from features.partials.shelf import FOLDER
from features.progress import Progress, silent
from serving.batch.lock import owning
from serving.batch.snapshot import MANIFEST
from serving.campaigns.run import CAMPAIGNS, NAME
from serving.rights import campaigns, journal, logs, partials, snapshots
from serving.rights.outside import lists_of, sources
from serving.rights.own_texts import own_texts
from serving.rights.people import People, of


@dataclass(frozen=True)
class Erased:
    """What an erasure did. rows: how many went, by place of the store. lists: that left the house with one of them on
    it. sources: of the tables, which Holdfast does not write. again: it went on with one that had been killed."""

    name: str
    users: int
    rows: dict[str, int]
    lists: tuple[str, ...]
    sources: tuple[str, ...]
    again: bool


def erase(config: Config, users: Sequence[str], now: datetime, progress: Progress = silent) -> Erased:
    """Take these users, and those of an erasure that was killed, out of the whole store; ids as text. now: UTC, without
    a zone.

    Waits for the jobs that use the store, and they for it. Raises BadInput where there is nobody to erase, or a file
    that may hold them is damaged: then nothing is finished, and the same again goes on.
    """
    store, people = config.store_path, of(users)
    store.mkdir(parents=True, exist_ok=True)
    with owning(store):
        before = journal.pending(store)
        if not people.ids and before is None:
            raise BadInput("--user: nobody is named, and no erasure is unfinished; give --user ID, or --users FILE")
        begun = journal.begin(store, people.ids, now)
        gone = suppressed.add(store, begun.users)
        people = of(begun.users)
        begun = journal.more(store, begun, own_texts(config, people, gone), lists_of(store, people))
        rows = _everywhere(store, of(begun.users, begun.texts), begun.at, progress)
        _second_home(config)
        journal.end(store, begun)
    return Erased(begun.name, len(begun.users), rows, begun.lists, tuple(sources(config)), before is not None)


def _everywhere(store: Path, people: People, at: str, progress: Progress) -> dict[str, int]:
    _sweep(store)
    steps: list[tuple[str, Callable[[], int]]] = []
    for folder in _folders(store / "boards"):
        steps.append(("boards", lambda folder=folder: snapshots.erase_from_own_boards(folder, people, at)))  # type: ignore[misc]
    for folder in _folders(store / "snapshots"):
        steps.append(("snapshots", lambda folder=folder: snapshots.erase_from_snapshot(folder, people, at)))  # type: ignore[misc]
    for folder in _folders(store / CAMPAIGNS):
        if NAME.fullmatch(folder.name):
            steps.append(("campaigns", lambda folder=folder: campaigns.erase_from_run(folder, people, at)))  # type: ignore[misc]
    steps += [
        ("tags", lambda: campaigns.erase_from_tags(store, people)),
        ("assignments read back", lambda: campaigns.erase_from_read_back(store, people)),
        ("quarantine", lambda: snapshots.erase_from_tables(store / "quarantine", people)),
        ("layers", lambda: snapshots.erase_from_tables(store / "layers", people.by_id)),
        ("stages", lambda: snapshots.erase_from_tables(store / "stages", people.by_id)),
        ("funnel", lambda: snapshots.erase_from_tables(store / "funnel", people)),
        ("partials", lambda: partials.erase_from_partials(store, people)),
        ("logs", lambda: logs.erase_from_logs(store, people)),
        ("audit", lambda: logs.erase_from_audit(store, people)),
    ]
    rows: dict[str, int] = {}
    for done, (place, step) in enumerate(steps):
        progress("erasing", done, len(steps))
        rows[place] = rows.get(place, 0) + step()
    progress("erasing", len(steps), len(steps))
    return {place: count for place, count in rows.items() if count}


def _folders(room: Path) -> list[Path]:
    return sorted(file.parent for file in room.glob(f"[!.]*/{MANIFEST}"))


def _sweep(store: Path) -> None:
    """Remove what killed jobs left: parts of runs that were not finished, and what they worked with. Nobody uses it
    while the store is owned."""
    for room in ("snapshots", "boards", CAMPAIGNS):
        for folder in (store / room).glob("*"):
            unfinished = folder.name.startswith(".") or not (folder / MANIFEST).exists()
            if folder.is_dir() and unfinished and folder.name != "tags":
                shutil.rmtree(folder)
    for left in (store / "work").glob("*"):
        if left.is_dir():
            shutil.rmtree(left)
    rooms = (journal.FOLDER, "snapshots", "boards", CAMPAIGNS, "quarantine", "layers", "stages", "funnel", "jobs")
    for left in [*store.glob(".*.tmp"), *(one for room in (*rooms, FOLDER) for one in (store / room).rglob(".*.tmp"))]:
        left.unlink()


def _second_home(config: Config) -> None:
    """Copy the newest snapshot to ``store.postgres`` again, where there is one: the table holds nothing else."""
    from serving.batch.snapshot import latest

    if config.store.postgres is not None:
        from serving.batch.postgres_copy import copy_to_postgres

        copy_to_postgres(config, latest(config.store_path))
