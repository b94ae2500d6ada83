"""What of a store is shared with other machines: what is finished, but for what a machine works with."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from features import whole_files
from training.mlflow_place import DATABASE, remote

HOME = ".remote"  # in the store: what this machine knows of the remote
LEFT_OUT = ("work", "tmp", "*.lock", "*.tmp", f"{DATABASE}-*", ".*")  # as in a copy; what is hidden is unfinished
NEVER = ("erasures/journal.json", "spark.log", DATABASE)  # the first names who is to be erased; the last goes packed
LATEST = "snapshots/latest"
AUDIT, AUDITS = "serving/audit.jsonl", "serving/audit*.jsonl"  # a service appends to the first
SUPPRESSED = "suppressed.json"
RUNS = ("snapshots", "boards", "campaigns")


@dataclass
class Found:
    """files: shared ones, by path below the store. held: beginnings of paths that are not to be told yet: a job that
    runs, a registry elsewhere. unfinished: the same of folders that lack what makes them count."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)


def shared(store: Path) -> Found:
    """What is shared of a store now, while jobs write to it.

    A pointer is written last, so it is looked at first: what it points to is found then. So are manifests: a folder is
    listed after its manifest was seen.
    """
    found = Found()
    if (store / LATEST).is_file():
        found.files[LATEST] = (store / LATEST).stat()
    for path in _below(store, "", found):
        if path != LATEST:
            with suppress(FileNotFoundError):  # removed meanwhile
                found.files[_shared_name(store, path)] = (store / path).stat()
    _without_running(found)
    if remote():
        found.held += [DATABASE, "mlartifacts/"]
    elif (store / DATABASE).exists():
        found.files[DATABASE] = (store / DATABASE).stat()
    for path in [path for path in found.files if remote() and path.startswith(("mlartifacts/", DATABASE))]:
        del found.files[path]
    return found


def place_of(store: Path, path: str) -> Path:
    """Where a shared file lies here."""
    return store / (AUDIT if path == _shared_name(store, AUDIT) else path)


def is_shareable(path: str) -> bool:
    """Whether a file may come from a remote: none that a machine works with, nor a service's keys, nor anything outside
    the store, whoever wrote the tree that names it."""
    parts = path.split("/")
    if any(not part or fnmatchcase(part, pattern) for part in parts for pattern in LEFT_OUT):
        return False
    if parts[0] == "serving":
        return is_audit(path) and path != AUDIT
    return path == DATABASE or path not in NEVER


def is_audit(path: str) -> bool:
    """Whether a file tells who looked at whom."""
    return fnmatchcase(path, AUDITS) and path.count("/") == 1


def _shared_name(store: Path, path: str) -> str:
    """What a file is called among several machines: each has an audit of its own that it appends to."""
    return f"serving/audit.{_machine(store)}.jsonl" if path == AUDIT else path


@lru_cache
def _machine(store: Path) -> str:
    """The name of this machine's store among the others: random, and kept."""
    file = store / HOME / "machine"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_text(file, secrets.token_hex(4))
    return file.read_text(encoding="utf-8")


def is_held(path: str, beginnings: list[str]) -> bool:
    """Whether a path begins so."""
    return any(path.startswith(one) for one in beginnings)


def _below(store: Path, folder: str, found: Found) -> Iterator[str]:
    mark = _mark(folder)
    if mark and not (store / folder / mark).is_file():
        found.unfinished.append(f"{folder}/")
        return
    try:
        entries = sorted(os.scandir(store / folder), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for one in entries:
        path = f"{folder}/{one.name}" if folder else one.name
        if any(fnmatchcase(one.name, pattern) for pattern in LEFT_OUT) or path in NEVER or one.is_symlink():
            continue
        if path.startswith("serving/") and not fnmatchcase(path, AUDITS):
            continue  # a service's own: its keys, models and counts
        if one.is_dir():
            yield from _below(store, path, found)
        else:
            yield path


def _mark(folder: str) -> str:
    """The file that makes a folder count; '' where it needs none. A folder without it is not finished, or damaged."""
    parts = folder.split("/")
    if parts[:2] == ["campaigns", "tags"] or (len(parts) == 4 and parts[0] == "campaigns" and parts[2] == "exports"):
        return "receipt.json" if len(parts) == 4 else ""
    return "manifest.json" if len(parts) == 2 and parts[0] in RUNS else ""


def _without_running(found: Found) -> None:
    """Leave out jobs without an end: they run, or were lost here."""
    names = {path.split("/")[1].split(".")[0] for path in found.files if path.startswith("jobs/")}
    for name in names:
        if f"jobs/{name}.done.json" not in found.files:
            found.held.append(f"jobs/{name}.")
            for path in [path for path in found.files if path.startswith(f"jobs/{name}.")]:
                del found.files[path]
