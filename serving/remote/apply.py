"""Brings files of the remote into a store: all are here and checked before the first takes its place."""

import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from features.places.conditional import Missing, Place
from features.progress import Progress, silent
from serving.remote import database
from serving.remote.head import CURE, Entry, object_key, tree_of
from serving.remote.merge import Merged
from serving.remote.shared import HOME, LATEST, place_of
from training.mlflow_place import DATABASE

AT_ONCE = 16  # files on their way at a time
LAST = ("manifest.json", "receipt.json", ".done.json")  # makes a folder count, so it is written after the others


class Gone(Exception):
    """The remote lacks an object: a later head does not name it, or it is damaged."""

    def __init__(self, key: str):
        super().__init__(key)
        self.key = key


def bring(place: Place, store: Path, wanted: dict[str, Entry], progress: Progress = silent) -> dict[str, Path]:
    """Copy files to the store's own incoming folder, each checked by its hash; where each lies, by hash.

    Raises Gone, and BadInput where the bytes are not those of the hash.
    """
    room = store / HOME / "incoming"
    room.mkdir(parents=True, exist_ok=True)
    unique = {one.sha256: one for one in wanted.values()}
    done = 0

    def copy(one: Entry) -> tuple[str, Path]:
        nonlocal done
        file = room / one.sha256
        if not file.exists():
            part = file.with_name(f".{file.name}.tmp")
            _download(place, one, part)
            part.replace(file)
        done += 1
        progress("fetching", min(done, len(unique)), len(unique))
        return one.sha256, file

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(copy, unique.values()))


def _download(place: Place, one: Entry, to: Path) -> None:
    key, digest = object_key(one.sha256), sha256()
    try:
        with to.open("wb") as out:
            for piece in place.pieces(key):
                digest.update(piece)
                out.write(piece)
    except Missing:
        raise Gone(key) from None
    if digest.hexdigest() != one.sha256:
        raise BadInput(f"{place.uri}/{key}: holds other bytes than its name says; remove it there, then {CURE}")


def put_in_place(store: Path, merged: Merged, here: dict[str, Path]) -> None:
    """Take and drop what was merged: data first, then what makes it count, then pointers, then what goes.

    Killed in between, the store is as before or as after for every reader, and the same again ends the same.
    """

    used = Counter(one.sha256 for one in merged.take.values())

    def put(path: str) -> None:
        one = merged.take[path]
        file, source = place_of(store, path), here[one.sha256]
        file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write(file, lambda part: _copy(source, one, part, used[one.sha256] == 1))

    for rank in range(3):
        paths = [path for path in merged.take if _rank(path) == rank and path != DATABASE]
        with ThreadPoolExecutor(AT_ONCE) as pool:  # disks flush many files in the time of one
            list(pool.map(put, paths))
    if DATABASE in merged.take:
        database.unpack(here[merged.take[DATABASE].sha256], store)
    _drop(store, merged)


def _copy(source: Path, one: Entry, part: Path, alone: bool) -> None:
    if alone:
        source.replace(part)
    else:
        shutil.copyfile(source, part)
    os.utime(part, ns=(one.mtime_ns, one.mtime_ns))


def _rank(path: str) -> int:
    return 2 if path == LATEST else 1 if path.endswith(LAST) else 0


def _drop(store: Path, merged: Merged) -> None:
    stays = {tree_of(path) for path in merged.files}
    for folder in {tree_of(path) for path in merged.drop} - stays:
        if "/" in folder and (store / folder).exists():
            gone = (store / folder).with_name(f".gone-{folder.rpartition('/')[2]}")
            shutil.rmtree(gone, ignore_errors=True)
            (store / folder).rename(gone)  # vanishes for readers as a whole
            shutil.rmtree(gone)
    for path in merged.drop:
        file = place_of(store, path)
        file.unlink(missing_ok=True)
        for above in file.parents:
            if above == store or not above.is_dir() or any(above.iterdir()):
                break
            above.rmdir()
