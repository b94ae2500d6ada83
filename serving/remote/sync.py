"""Fetch and push: a store and its remote become the same, or the one that this machine changed stays ahead.

One machine's processes take turns. Between machines the head decides: who puts it first has committed, and the other
fetches, merges and tries again.
"""

import fcntl
import logging
import os
import random
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from features.places.conditional import Lost, Missing, Place
from features.progress import Progress, silent
from serving.batch.lock import owning, using
from serving.remote import base as bases
from serving.remote import index as indexes
from serving.remote import merge as merging
from serving.remote import united
from serving.remote.apply import AT_ONCE, Gone, bring, put_in_place
from serving.remote.base import Base
from serving.remote.commit import Changed, commit, prepare
from serving.remote.head import CURE, HEAD, Entry, Head, read_head, read_tree, sha256_of, tree_key, tree_of
from serving.remote.shared import HOME, SUPPRESSED, is_shareable, place_of, shared

TRIES = 8  # of a commit that others were faster than
PENDING = "erasures/journal.json"
_log = logging.getLogger(__name__)


@dataclass
class Synced:
    """number: of the head that the store is at. taken: files that came. put: files that were committed. told: a line
    for each rule that decided."""

    number: int = 0
    taken: int = 0
    put: int = 0
    told: list[str] = field(default_factory=list)


def fetch(store: Path, uri: str, theirs: bool = False, progress: Progress = silent) -> Synced:
    """Bring what is new at the remote; what changed here stays, and waits to be pushed. theirs: drop that.

    Raises BadInput where the place cannot be read, and Conflict where both changed the same.
    """
    return _synced(store, Place(uri), False, theirs, progress)


def push(store: Path, uri: str, progress: Progress = silent, whole: bool = False) -> Synced:
    """Commit what changed here, after fetching what is new there. whole: look at every object, and put those that the
    remote lost. Raises the same."""
    return _synced(store, Place(uri), True, False, progress, whole)


def _synced(store: Path, place: Place, pushing: bool, theirs: bool, progress: Progress, whole: bool = False) -> Synced:
    done = Synced()
    store.mkdir(parents=True, exist_ok=True)
    with _alone(store):
        for attempt in range(TRIES):
            try:
                _round(store, place, pushing, theirs, progress, done, whole)
                shutil.rmtree(store / HOME / "staged", ignore_errors=True)
                shutil.rmtree(store / HOME / "incoming", ignore_errors=True)
                return done
            except (Lost, Changed):
                time.sleep(random.uniform(0.05, 0.3) * attempt)
            except Gone as gone:
                # Who erases removes objects at once, so the head may be another by now.
                if attempt > 1:
                    raise BadInput(f"{place.uri}/{gone.key}: is not there, though {HEAD} names it; {CURE}") from None
    raise BadInput(
        f"store.remote '{place.uri}': others committed {TRIES} times meanwhile; what was done lies in {store}: push it "
        "with 'holdfast store push'"
    )


def _round(
    store: Path, place: Place, pushing: bool, theirs: bool, progress: Progress, done: Synced, whole: bool
) -> None:
    before = bases.read(store, place.uri)
    there = newest(place, before)
    before = bases.settled(store, before, there)
    erased = before.files.get(SUPPRESSED) != there.files.get(SUPPRESSED)
    with owning(store) if erased or theirs else using(store):
        index = indexes.opened(store, afresh=theirs)
        found = shared(store)
        if theirs:
            found.held = [one for one in found.held if not one.startswith("jobs/")]
        ours = index.read(found)
        if theirs:
            done.told += merging.against(ours, there.files)
            merged = merging.taken(ours, there.files, found.held)
        else:
            merged = merging.merge(bases.arrived(store, before, ours), ours, there.files, found.held, found.unfinished)
        if merged.take or merged.drop or merged.unite:
            here = bring(place, store, merged.take | merged.unite, progress)
            if there.head:
                bases.intend(store, there, bases.COMING)
            files = _unite(store, merged, here, index, theirs)
            put_in_place(store, merged, here)
            for path, one in merged.take.items():
                index.note(path, one)
        else:
            files = merged.files
        done.taken, done.told = done.taken + len(merged.take), [*done.told, *merged.told]
        if there.head:
            bases.save(store, there)
        done.number = there.number
        index.save()
        if not pushing or (store / PENDING).exists() or (files == there.files and not whole):
            return
        ready = prepare(place, index, there, files, whole, progress)
    if before.head is None:
        place.check_conditions()
    done.put += ready.put
    if files != there.files:
        after = commit(place, index, there, ready, files)
        bases.save(store, after)
        done.number = after.number


def newest(place: Place, before: Base) -> Base:
    """The head that counts, with the files that its trees name. Raises BadInput where there is none any more."""
    try:
        found = place.get(HEAD, before.version)
    except Missing:
        if before.head:
            raise BadInput(
                f"{place.uri}/{HEAD}: is gone, and was number {before.number}; bring it back from the bucket's "
                f"versions, or begin anew: remove {HOME} in the store, then 'holdfast store push'"
            ) from None
        return before
    if found is None:
        return before
    content, version = found
    head = read_head(content, place.uri)
    if head.number < before.number:
        raise BadInput(
            f"{place.uri}/{HEAD}: is number {head.number}, and this machine was at {before.number}; bring the newer "
            f"one back, or begin anew: remove {HOME} in the store, then 'holdfast store push'"
        )
    return Base(place.uri, head, sha256_of(content), version, _files(place, head, before))


def _files(place: Place, head: Head, before: Base) -> dict[str, Entry]:
    """The files that a head names; of trees that are as before, without asking."""
    new = {folder: sha256 for folder, sha256 in head.trees.items() if before.trees.get(folder) != sha256}
    files = {path: one for path, one in before.files.items() if _same(tree_of(path), head, before)}

    def read(sha256: str) -> dict[str, Entry]:
        try:
            found = place.get(tree_key(sha256))
        except Missing:
            raise Gone(tree_key(sha256)) from None
        assert found
        return read_tree(found[0], place.uri, sha256)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for tree in pool.map(read, new.values()):
            files |= tree
    if strange := next((path for path in sorted(files) if not is_shareable(path)), None):
        raise BadInput(f"{place.uri}: names '{strange}', which no store shares; look who may write to the bucket")
    return files


def _same(folder: str, head: Head, before: Base) -> bool:
    return folder in head.trees and head.trees[folder] == before.trees.get(folder)


def _unite(
    store: Path, merged: merging.Merged, here: dict[str, Path], index: indexes.Index, theirs: bool
) -> dict[str, Entry]:
    """Bring what both added into our files; returns the store's files afterwards."""
    files = dict(merged.files)
    for path, other in merged.unite.items():
        file = place_of(store, path)
        try:
            united.unite(path, file, here[other.sha256])
        except BadInput as error:
            if not theirs:
                raise merging.Conflict(f"{path}: {error}; {merging.THEIRS}") from None
            whole_files.write(file, lambda part, other=other: shutil.copyfile(here[other.sha256], part))  # type: ignore[misc]
        files[path] = index.reread(path)
    return files


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Let one process of this machine at a time fetch or push."""
    (store / HOME).mkdir(parents=True, exist_ok=True)
    held = os.open(store / HOME / "sync.lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("%s: another process fetches or pushes; waiting until that is done", store)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
