"""What the remote holds: a head, which names a tree for each folder, which names the hash of each file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.errors import BadInput

HEAD = "head.json"
VERSION = 1
ANCESTORS = 100
DEEP = {"snapshots": 2, "boards": 2, "campaigns": 2, "mlartifacts": 2}  # rooms whose folders have a tree each


@dataclass(frozen=True)
class Entry:
    """A file: sha256 and size of its bytes, and when it was written, in nanoseconds since 1970, which tells nothing of
    whether it changed: snapshots are ordered by it, and files grow old by it."""

    sha256: str
    size: int
    mtime_ns: int = field(default=0, compare=False)


Files = Mapping[str, Entry]  # by path below the store


@dataclass(frozen=True)
class Head:
    """number: 1, 2, 3 …, one more with each commit. parents: sha256 of the heads before, the last ANCESTORS of them,
    newest first. trees: folder of the store → sha256 of its tree. by: random, so that no two commits are of the same
    bytes."""

    number: int
    parents: tuple[str, ...]
    trees: Mapping[str, str]
    by: str

    @property
    def content(self) -> bytes:
        told = {"version": VERSION, "number": self.number, "parents": self.parents, "by": self.by}
        return _bytes(told | {"trees": dict(sorted(self.trees.items()))})


def read_head(content: bytes, uri: str) -> Head:
    """Raises BadInput where the bytes are no head, or one of a later version."""
    try:
        told = json.loads(content)
        if told["version"] != VERSION:
            raise BadInput(f"{uri}/{HEAD}: of version {told['version']}; use a Holdfast as new as that wrote it")
        return Head(int(told["number"]), tuple(map(str, told["parents"])), dict(told["trees"]), str(told["by"]))
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{uri}/{HEAD}: damaged; bring it back from the bucket's versions or a backup") from None


def tree_of(path: str) -> str:
    """The folder whose tree names a file: each run's own, or the room; '.' for files of the store itself."""
    parts = path.split("/")[:-1]
    return "/".join(parts[: DEEP.get(parts[0], 1)]) if parts else "."


def trees(files: Files) -> dict[str, bytes]:
    """The bytes of the tree of each folder: of the same files, the same bytes."""
    found: dict[str, dict[str, Any]] = {}
    for path, one in files.items():
        found.setdefault(tree_of(path), {})[path] = [one.sha256, one.size, one.mtime_ns]
    return {folder: _bytes(dict(sorted(told.items()))) for folder, told in found.items()}


def read_tree(content: bytes, uri: str, sha256: str) -> dict[str, Entry]:
    """Raises BadInput where the bytes are not those of that hash, or name what lies outside a store."""
    try:
        if sha256_of(content) != sha256:
            raise ValueError
        found = {path: Entry(str(one[0]), int(one[1]), int(one[2])) for path, one in json.loads(content).items()}
        if any(path.startswith("/") or ".." in path.split("/") for path in found):
            raise ValueError
        return found
    except (ValueError, KeyError, TypeError, IndexError):
        raise BadInput(f"{uri}/{tree_key(sha256)}: damaged; {CURE}") from None


CURE = "run 'holdfast store push --whole' on a machine whose store is whole"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def object_key(sha256: str) -> str:
    return f"objects/{sha256[:2]}/{sha256}"


def tree_key(sha256: str) -> str:
    return f"trees/{sha256}"


def _bytes(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
