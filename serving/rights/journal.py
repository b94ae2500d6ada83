"""An erasure that has begun: who is to be erased, written before anything else, so that a killed one can be finished.

``store/erasures/journal.json`` is there while an erasure is under way, and holds ids; afterwards a record without any
is ``store/erasures/NAME.json``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from features import whole_files
from features.errors import BadInput

FOLDER, FILE = "erasures", "journal.json"


@dataclass(frozen=True)
class Journal:
    """name: of the erasure, by when it began (UTC). users: ids as text. texts: that are theirs alone. lists: that left
    the house with one of them on it, which cannot be told any more once they are taken out."""

    name: str
    users: tuple[str, ...]
    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def at(self) -> str:
        return self.name.replace("_", ":")


def pending(store: Path) -> Journal | None:
    """The erasure that has begun and not ended; None where there is none. Raises BadInput for a damaged journal."""
    file = store / FOLDER / FILE
    if not file.exists():
        return None
    try:
        told = whole_files.read_sealed(file)
        return Journal(told["name"], tuple(told["users"]), tuple(told["texts"]), tuple(told["lists"]))
    except (BadInput, KeyError, TypeError):
        raise BadInput(f"{file}: damaged; remove it, and erase the same users again") from None


def begin(store: Path, users: Sequence[str], now: datetime) -> Journal:
    """Write down who is to be erased; with those whom a killed erasure was about, whose name it keeps."""
    before = pending(store) or Journal(_new_name(store, f"{now:%Y-%m-%dT%H_%M_%S}"), ())
    return _write(store, replace(before, users=_both(before.users, users)))


def more(store: Path, journal: Journal, texts: Sequence[str], lists: Sequence[str]) -> Journal:
    """Write down what else is known of them, beside what a killed erasure knew."""
    return _write(store, replace(journal, texts=_both(journal.texts, texts), lists=_both(journal.lists, lists)))


def _new_name(store: Path, name: str) -> str:
    """The name, or with a number behind, where an erasure of the same second has it."""
    number, new = 1, name
    while (store / FOLDER / f"{new}.json").exists():
        number += 1
        new = f"{name}-{number}"
    return new


def _both(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *new]))


def _write(store: Path, journal: Journal) -> Journal:
    file = store / FOLDER / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_sealed(file, asdict(journal))
    return journal


def end(store: Path, journal: Journal) -> None:
    """Keep a record that names nobody, and remove the journal."""
    folder = store / FOLDER
    whole_files.write_sealed(folder / f"{journal.name}.json", {"at": journal.at, "users": len(journal.users)})
    (folder / FILE).unlink(missing_ok=True)
