"""Checks every hash and pointer of a store, such as one that was brought back from a backup."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import suppressed, whole_files
from features.errors import BadInput
from features.partials.shelf import Kept, on_shelf
from features.progress import Progress, silent
from serving.batch import snapshot as snapshots
from serving.batch.verify import verify
from serving.boards.read import read_again
from serving.campaigns.lists.tag_sync import HELD
from serving.campaigns.receipts import APPROVAL, CANCELLED, EXPORTS, MEMBERS, RECEIPT, SENT, binds, held
from serving.campaigns.run import CAMPAIGNS, MANIFEST, NAME, open_run
from serving.rights.journal import pending
from training import bundle

PLAIN = ("layers", "stages", "funnel", "quarantine", CAMPAIGNS)  # places of tables that no manifest names
SEALED = ("verification/*.json", "jobs/*.json", "erasures/*.json")
Check = Callable[[], Iterator[str]]


def problems(store: Path, progress: Progress = silent) -> list[str]:
    """What is wrong, a line each that names the file and the cure; none where the store is sound.

    Reads all of it. What a stopped job left unfinished is no problem: no reader sees it.
    """
    checks = [lambda: _one(lambda: snapshots.latest(store)) if (store / "snapshots").exists() else iter(())]
    for file in sorted((store / "snapshots").glob(f"[!.]*/{snapshots.MANIFEST}")):
        checks.append(lambda file=file: _one(lambda: verify(file.parent)))  # type: ignore[misc]
    for file in sorted((store / "boards").glob(f"[!.]*/{snapshots.MANIFEST}")):
        checks.append(lambda file=file: _boards(file))  # type: ignore[misc]
    for file in sorted((store / CAMPAIGNS).glob(f"[!.]*/{MANIFEST}")):
        if NAME.fullmatch(file.parent.name):
            checks.append(lambda file=file: _run(store, file.parent))  # type: ignore[misc]
    for file in sorted((store / CAMPAIGNS / "tags").glob(f"*/*/{RECEIPT}")):
        checks.append(lambda file=file: _export(file.parent, (HELD,)))  # type: ignore[misc]
    for file in sorted(one for pattern in SEALED for one in store.glob(pattern)):
        checks.append(lambda file=file: _one(lambda: whole_files.read_sealed(file)))  # type: ignore[misc]
    for file in sorted(one for room in PLAIN for one in (store / room).glob("*.parquet")):
        checks.append(lambda file=file: _table(file))  # type: ignore[misc]
    for kept in on_shelf(store):
        checks.append(lambda kept=kept: _partial(kept))  # type: ignore[misc]
    for folder in sorted(one.parent for one in (store / "mlartifacts").rglob("manifest.json")):
        checks.append(lambda folder=folder: _one(lambda: bundle.verify(folder)))  # type: ignore[misc]
    checks += [
        lambda: _database(store / "mlflow.db"),
        lambda: _one(lambda: suppressed.read(store)),
        lambda: _erasure(store),
    ]
    found: list[str] = []
    for done, check in enumerate(checks):
        progress("checking the store", done, len(checks))
        found += check()
    progress("checking the store", len(checks), len(checks))
    return list(dict.fromkeys(found))


def _one(read: Callable[[], Any]) -> Iterator[str]:
    """The error of reading something, where there is one."""
    try:
        read()
    except BadInput as error:
        yield str(error)


def _boards(file: Path) -> Iterator[str]:
    try:
        about = whole_files.read_sealed(file)["boards"]
    except (BadInput, KeyError):
        yield f"{file}: damaged; remove {file.parent}, and make them anew with 'holdfast boards'"
        return
    for name in about["made"]:
        yield from _one(lambda name=name: read_again(file.parent, about, name))  # type: ignore[misc]


def _run(store: Path, folder: Path) -> Iterator[str]:
    try:
        run = open_run(store, folder.name)
        run.verify()
    except BadInput as error:
        yield str(error)
        return
    for name in (APPROVAL, CANCELLED):
        if (folder / name).exists():
            yield from _one(lambda name=name: whole_files.read_sealed(folder / name))  # type: ignore[misc]
    try:
        approval = whole_files.read_sealed(folder / APPROVAL) if (folder / APPROVAL).exists() else None
        if approval and not binds(approval, run):
            yield f"{folder / APPROVAL}: is of another state of the run; plan it anew"
    except BadInput:
        pass  # told above
    for receipt in sorted(folder.glob(f"{EXPORTS}/*/{RECEIPT}")):
        yield from _export(receipt.parent, (SENT, MEMBERS))


def _export(place: Path, tables: tuple[str, ...]) -> Iterator[str]:
    try:
        receipt = whole_files.read_sealed(place / RECEIPT)
    except BadInput:
        yield f"{place / RECEIPT}: damaged; bring it back from a backup: what was exported counts as contact"
        return
    for name in tables:
        yield from _table(held(place, receipt, name), receipt["sha256"] if name == SENT else None)
    for one in receipt["files"]:
        file = place / one["file"]
        if not file.exists() or whole_files.sha256(file) != one["sha256"]:
            yield f"{file}: changed or not there since it was exported; bring it back from a backup"


def _table(file: Path, sha256: str | None = None) -> Iterator[str]:
    try:
        if sha256 is not None and whole_files.sha256(file) != sha256:
            raise OSError
        pq.ParquetFile(file, page_checksum_verification=True).read(use_threads=False)
    except (OSError, pa.ArrowException):
        yield f"{file}: damaged or not there; bring it back from a backup, or make it anew"


def _partial(kept: Kept) -> Iterator[str]:
    if not kept.sound:
        yield f"{kept.file}: damaged; remove it: the next build works its days out anew"


def _database(file: Path) -> Iterator[str]:
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            said = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        yield f"{file}: damaged ({said}); bring it back from a backup, or train again"


def _erasure(store: Path) -> Iterator[str]:
    try:
        if pending(store) is not None:
            yield f"{store}: an erasure was stopped before its end; finish it with 'holdfast erase'"
    except BadInput as error:
        yield str(error)
