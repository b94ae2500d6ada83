"""Removes objects that no head names: what killed commits left once it is a day old, and what an erasure took away at
once."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features import whole_files
from features.places.conditional import Missing, Place
from serving.remote import base as bases
from serving.remote.head import HEAD, object_key, tree_key
from serving.remote.shared import HOME
from serving.remote.sync import newest

AGE = timedelta(days=1)
MARKER = "unswept.json"  # in the store's HOME: an erasure was done, and its bytes may still be at the remote
BATCH = 100  # removed in one request


def sweep(store: Path, uri: str, at_once: bool = False, more: Sequence[str] = ()) -> int:
    """Remove what no head names and is a day old; at_once: all that was put before the head that counts, and ``more``
    keys whenever they were put. How many.

    The head is asked for again before each batch: what somebody committed meanwhile stays.
    """
    place, removed = Place(uri), 0
    try:
        limit = place.changed(HEAD) if at_once else datetime.now(UTC) - AGE
    except Missing:
        return 0
    known = bases.read(store, uri)
    old = list(dict.fromkeys([*more, *_older(place, limit)]))
    for begin in range(0, len(old), BATCH):
        known = newest(place, known)
        named = set(_named(known))
        gone = [key for key in old[begin : begin + BATCH] if key not in named]
        place.remove(gone)
        removed += len(gone)
    return removed


def _older(place: Place, limit: datetime) -> Iterator[str]:
    for below in ("objects", "trees"):
        yield from (key for key, at in place.listed(below) if at < limit)


def _named(head: bases.Base) -> Iterator[str]:
    yield from (object_key(one.sha256) for one in head.files.values())
    yield from (tree_key(one) for one in head.trees.values())


def erased(store: Path, uri: str) -> None:
    """Remember, before that is pushed, that an erasure was done here, and what the remote held until then."""
    before = _named(bases.read(store, uri))
    keys = sorted({*before, *(_remembered(store) or ())})
    (store / HOME).mkdir(parents=True, exist_ok=True)
    whole_files.write_text(store / HOME / MARKER, json.dumps(keys))


def sweep_erased(store: Path, uri: str) -> None:
    """Sweep at once where an erasure was done here and its bytes may still be there, however often this is stopped."""
    keys = _remembered(store)
    if keys is not None:
        sweep(store, uri, at_once=True, more=keys)
        (store / HOME / MARKER).unlink()


def _remembered(store: Path) -> list[str] | None:
    file = store / HOME / MARKER
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
