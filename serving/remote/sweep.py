"""Removes objects that no head names: what killed commits left once it is a day old, and what an erasure took away at
once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.places.conditional import Missing, Place
from serving.remote import base as bases
from serving.remote.head import HEAD, object_key, tree_key
from serving.remote.shared import HOME
from serving.remote.sync import newest

AGE = timedelta(days=1)
MARKER = "unswept"  # in the store's HOME: an erasure was done, and its bytes may still be at the remote
BATCH = 500


def sweep(store: Path, uri: str, at_once: bool = False) -> int:
    """Remove what no head names and is a day old; at_once: all that was put before the head that counts. How many.

    The head is asked for again before each batch: what somebody committed meanwhile stays.
    """
    place, removed = Place(uri), 0
    try:
        limit = place.changed(HEAD) if at_once else datetime.now(UTC) - AGE
    except Missing:
        return 0
    known = bases.read(store, uri)
    old = list(_older(place, limit, at_once))
    for begin in range(0, len(old), BATCH):
        known = newest(place, known)
        named = {object_key(one.sha256) for one in known.files.values()}
        named |= {tree_key(one) for one in known.trees.values()}
        gone = [key for key in old[begin : begin + BATCH] if key not in named]
        place.remove(gone)
        removed += len(gone)
    return removed


def _older(place: Place, limit: datetime, inclusive: bool) -> Iterator[str]:
    for below in ("objects", "trees"):
        for key, at in place.listed(below):
            if at < limit or (inclusive and at == limit):
                yield key


def erased(store: Path) -> None:
    """Remember that the remote is to be swept at once, however often this is interrupted."""
    (store / HOME).mkdir(parents=True, exist_ok=True)
    (store / HOME / MARKER).touch()


def sweep_erased(store: Path, uri: str) -> None:
    """Sweep at once if an erasure was done here and its bytes may still be there."""
    if (store / HOME / MARKER).exists():
        sweep(store, uri, at_once=True)
        (store / HOME / MARKER).unlink()
