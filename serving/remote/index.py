"""Remembers the hashes of a store's files, so that what did not change is not read again: as Git's index does."""

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from serving.remote import database
from serving.remote.head import Entry
from serving.remote.shared import HOME, Found, is_audit, place_of
from training.mlflow_place import DATABASE

FILE = "index.json"
RACY_NS = 50_000_000  # a file that changed so shortly before it was read may change again within one tick of its clock
Stamp = tuple[int, int, int]  # size, mtime_ns, inode


@dataclass
class Index:
    """known: path → stamp and hash. staged: path → a copy of a file that others may write to while it is pushed."""

    store: Path
    known: dict[str, tuple[Stamp, Entry]] = field(default_factory=dict)
    staged: dict[str, Path] = field(default_factory=dict)

    def read(self, found: Found) -> dict[str, Entry]:
        """The hashes of the files that were found; reads those that changed."""
        files = {}
        for path, stat in found.files.items():
            stamp, known = _stamp(stat), self.known.get(path)
            if known and known[0] == stamp:
                files[path] = known[1]
                continue
            try:
                entry = self._hashed(path, stat)
            except FileNotFoundError:  # removed meanwhile
                continue
            files[path] = entry
            if time.time_ns() - stat.st_mtime_ns > RACY_NS:
                self.known[path] = (stamp, entry)
        self.known = {path: one for path, one in self.known.items() if path in files}
        return files

    def note(self, path: str, entry: Entry) -> None:
        """A file was just written, with these bytes."""
        self.known[path] = (_stamp(place_of(self.store, path).stat()), entry)

    def reread(self, path: str) -> Entry:
        """The hash of a file that was just changed."""
        self.known.pop(path, None)
        return self._hashed(path, place_of(self.store, path).stat())

    def source(self, path: str) -> Path:
        """Where the bytes of a file lie that are to be pushed."""
        if path not in self.staged and _is_staged(path):
            self.reread(path)
        return self.staged.get(path, place_of(self.store, path))

    def save(self) -> None:
        """Keep it for the next time."""
        told = {path: [*stamp, one.sha256, one.size, one.mtime_ns] for path, (stamp, one) in self.known.items()}
        whole_files.write_text(self.store / HOME / FILE, json.dumps(told))

    def _hashed(self, path: str, stat: os.stat_result) -> Entry:
        file = place_of(self.store, path)
        if _is_staged(path):
            copy = self.store / HOME / "staged" / path.replace("/", "_")
            copy.parent.mkdir(parents=True, exist_ok=True)
            database.pack(self.store, copy) if path == DATABASE else shutil.copyfile(file, copy)
            self.staged[path] = file = copy
        return Entry(whole_files.sha256(file), file.stat().st_size, stat.st_mtime_ns)


def _is_staged(path: str) -> bool:
    """Whether others may write to a file while it is pushed."""
    return path == DATABASE or is_audit(path)


def opened(store: Path, afresh: bool = False) -> Index:
    """The index of a store. afresh: know nothing, so that every file is read again."""
    shutil.rmtree(store / HOME / "staged", ignore_errors=True)
    try:
        told = {} if afresh else json.loads((store / HOME / FILE).read_text(encoding="utf-8"))
        known = {path: ((one[0], one[1], one[2]), Entry(one[3], one[4], one[5])) for path, one in told.items()}
    except (OSError, ValueError, TypeError, IndexError, BadInput):
        known = {}
    return Index(store, known)


def _stamp(stat: os.stat_result) -> Stamp:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
