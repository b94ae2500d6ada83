"""Who was erased and is never to come back: only salted hashes of their ids are kept, in ``store/suppressed.json``.

Their rows are left out wherever tables are read, so nobody of them is scored, listed or written to again while the
source tables still hold them. Who reads the file learns no id without trying ids one by one.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from features import whole_files
from features.errors import BadInput

FILE = "suppressed.json"  # in the store
VERSION = 1


@dataclass(frozen=True)
class Suppressed:
    """The salt of the store and the hashes of who was erased; neither where nobody was."""

    salt: str = ""
    hashes: frozenset[str] = frozenset()

    def of(self, user: object) -> str:
        """The hash of an id, whether it came as a number or as text; in SQL ``sha256(salt || '|' || id)``."""
        return hashlib.sha256(f"{self.salt}|{user}".encode()).hexdigest()

    def holds(self, user: object) -> bool:
        return bool(self.hashes) and self.of(user) in self.hashes

    @property
    def mark(self) -> str:
        """Short text that changes with who was erased; empty where nobody was."""
        return hashlib.sha256("".join(sorted(self.hashes)).encode()).hexdigest()[:16] if self.hashes else ""


def read(store: Path) -> Suppressed:
    """Who was erased from a store. Raises BadInput for a damaged file: to go on would bring them back."""
    file = store / FILE
    if not file.exists():
        return Suppressed()
    try:
        told = whole_files.read_sealed(file)
        return Suppressed(told["salt"], frozenset(told["hashes"]))
    except (BadInput, KeyError, TypeError):
        raise BadInput(
            f"{file}: damaged or unreadable, it holds who was erased; bring it back from a backup, or remove it and "
            "erase them again"
        ) from None


def add(store: Path, users: Iterable[object]) -> Suppressed:
    """Suppress these users as well. The file is written whole; the salt is drawn once a store."""
    before = read(store)
    salted = before if before.salt else Suppressed(secrets.token_hex(32))
    now = Suppressed(salted.salt, before.hashes | {salted.of(user) for user in users})
    if now != before:
        content = {"version": VERSION, "salt": now.salt, "hashes": sorted(now.hashes)}
        whole_files.write_sealed(store / FILE, content)
    return now
