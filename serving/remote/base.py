"""What this machine knows of the remote: the head it was at last, which changes here and there are told from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from features.places.conditional import Version
from serving.remote.head import Entry, Files, Head
from serving.remote.shared import HOME

FILE = "base.json"


@dataclass(frozen=True)
class Base:
    """head: None where there was none yet. sha256: of its bytes. version: how the place calls them. files: that its
    trees name."""

    uri: str
    head: Head | None = None
    sha256: str = ""
    version: Version | None = None
    files: Files = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.head.number if self.head else 0

    @property
    def trees(self) -> Mapping[str, str]:
        return self.head.trees if self.head else {}


def read(store: Path, uri: str) -> Base:
    """The head of last time; none where this store never was at this remote, or that is not known any more."""
    try:
        told = whole_files.read_sealed(store / HOME / FILE)
        if told["uri"] != uri:
            return Base(uri)
        files = {path: Entry(*one) for path, one in told["files"].items()}
        return Base(uri, Head(**told["head"]), told["sha256"], Version(**told["version"]), files)
    except (BadInput, KeyError, TypeError):
        return Base(uri)


def save(store: Path, base: Base) -> None:
    """Remember a head."""
    assert base.head and base.version
    files = {path: [one.sha256, one.size, one.mtime_ns] for path, one in base.files.items()}
    head = {"number": base.head.number, "parent": base.head.parent, "trees": dict(base.head.trees), "by": base.head.by}
    told = {"uri": base.uri, "head": head, "sha256": base.sha256, "version": asdict(base.version), "files": files}
    (store / HOME).mkdir(parents=True, exist_ok=True)
    whole_files.write_sealed(store / HOME / FILE, told)
