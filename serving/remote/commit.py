"""Commits a store's files: objects that are new, then trees that are new, then the head, on the condition that nobody
was faster. Killed anywhere, the head of before counts, and all that it names is there."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from features.places.conditional import PIECE, Lost, Missing, Place, Version
from features.progress import Progress, silent
from serving.remote import base as bases
from serving.remote.apply import AT_ONCE
from serving.remote.base import Base
from serving.remote.head import ANCESTORS, HEAD, Entry, Files, Head, object_key, sha256_of, tree_key, trees
from serving.remote.index import Index


class Changed(Exception):
    """A file changed while it was pushed."""


@dataclass
class Ready:
    """put: objects that are at the remote now. found: those that were there, though no head that counts names them: a
    sweep may be about to remove them."""

    put: int = 0
    found: list[tuple[str, Entry]] = field(default_factory=list)


def prepare(
    place: Place, index: Index, there: Base, files: Files, whole: bool = False, progress: Progress = silent
) -> Ready:
    """Put the objects that the head does not name, but those that are there. whole: look for those that it names, too.
    Raises Changed."""
    named = set() if whole else {one.sha256 for one in there.files.values()}
    wanted = {one.sha256: (path, one) for path, one in files.items() if one.sha256 not in named}
    ready, done = Ready(), 0

    def put(path: str, one: Entry) -> None:
        nonlocal done
        if whole and place.size(object_key(one.sha256)) == one.size:
            return
        if _put(place, index.source(path), one, always=whole):
            ready.put += 1
        else:
            ready.found.append((path, one))
        done += 1
        progress("pushing", done, len(wanted))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda item: put(*item), wanted.values()))
    return ready


def commit(place: Place, index: Index, there: Base, ready: Ready, files: Files) -> Base:
    """Put the trees that are new, and the head in the place of the one before. Raises Lost where somebody did first."""
    told = trees(files)
    named = {folder: sha256_of(content) for folder, content in told.items()}
    known = set(there.trees.values())
    new = {named[folder]: content for folder, content in told.items() if named[folder] not in known}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda item: place.put(tree_key(item[0]), item[1]), new.items()))
    parents = (there.sha256, *there.head.parents)[:ANCESTORS] if there.head else ()
    head = Head(there.number + 1, parents, named, secrets.token_hex(8))
    content = head.content
    bases.intend(index.store, Base(place.uri, head, sha256_of(content), Version(None, None), dict(files)))
    try:
        version = place.swap(HEAD, content, there.version)
    except Lost:
        # An answer may be lost where the put was not: then it is asked again, and finds its own head.
        try:
            found = place.get(HEAD)
        except Missing:
            raise Lost from None
        if found is None or found[0] != content:
            raise
        version = found[1]
    for path, one in ready.found:
        if place.size(object_key(one.sha256)) is None:
            _put(place, index.source(path), one, always=True)
    return Base(place.uri, head, sha256_of(content), version, dict(files))


def _put(place: Place, file: Path, one: Entry, always: bool) -> bool:
    """Put the bytes of a file; False where they were there. Never others than those of the hash."""
    key = object_key(one.sha256)
    try:
        if one.size <= PIECE:
            content = file.read_bytes()
            if sha256_of(content) != one.sha256:
                raise Changed
            if always:
                place.put(key, content)
                return True
            return place.put_new(key, content)
        if not always and place.size(key) == one.size:
            return False
        place.put(key, _pieces(file, one))
        return True
    except FileNotFoundError:
        raise Changed from None


def _pieces(file: Path, one: Entry) -> Iterator[bytes]:
    """The bytes of a file; raises Changed at the end, so that nothing is put, where they are others by now."""
    digest = sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
            yield piece
    if digest.hexdigest() != one.sha256:
        raise Changed
