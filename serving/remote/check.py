"""Looks whether the remote has all that its head names."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from features.places.conditional import Missing, Place
from features.progress import Progress, silent
from serving.remote.apply import AT_ONCE, Gone
from serving.remote.base import Base
from serving.remote.head import CURE, Entry, object_key
from serving.remote.sync import newest


def problems(uri: str, progress: Progress = silent) -> list[str]:
    """What is wrong, a line each with the cure; reads every object and checks its hash. Raises BadInput where the head
    cannot be read."""
    place = Place(uri)
    try:
        head = newest(place, Base(uri))
    except Gone as gone:
        return [f"{uri}/{gone.key}: is not there, though the head names it; {CURE}"]
    wanted = {one.sha256: one for one in head.files.values()}
    found: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, lines in enumerate(pool.map(lambda one: list(_wrong(place, one)), wanted.values())):
            found += lines
            progress("checking the remote", done + 1, len(wanted))
    return found


def _wrong(place: Place, one: Entry) -> Iterator[str]:
    key, digest, size = object_key(one.sha256), sha256(), 0
    try:
        for piece in place.pieces(key):
            digest.update(piece)
            size += len(piece)
    except Missing:
        yield f"{place.uri}/{key}: is not there, though the head names it; {CURE}"
        return
    if size != one.size or digest.hexdigest() != one.sha256:
        yield f"{place.uri}/{key}: holds other bytes than its name says; {CURE}"
