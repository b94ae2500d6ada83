"""What this machine knows of the remote: the head it was at last, which changes here and there are told from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from features.places.conditional import Version
from serving.remote.head import Entry, Files, Head
from serving.remote.shared import HOME

FILE, MEANT, COMING = "base.json", "meant.json", "coming.json"


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
    return _read(store / HOME / FILE, uri)


def settled(store: Path, before: Base, there: Base) -> Base:
    """The head that this machine was at last: also where it was stopped after it put one and before it noted that. Else
    it would take its own commit for another machine's."""
    meant = _read(store / HOME / MEANT, before.uri)
    if there.head and meant.number > before.number and meant.sha256 in (there.sha256, *there.head.parents):
        return meant
    return before


def save(store: Path, base: Base) -> None:
    """Remember a head."""
    _write(store / HOME / FILE, base)
    for name in (MEANT, COMING):
        (store / HOME / name).unlink(missing_ok=True)


def intend(store: Path, base: Base, what: str = MEANT) -> None:
    """Note a head that is about to be put, or (COMING) whose files are about to take their places here."""
    _write(store / HOME / what, base)


def arrived(store: Path, before: Base, ours: Files) -> Files:
    """The files of the head of last time; where a fetch was stopped, with those that it had put in place: what it
    brought was not changed here."""
    coming, files = _read(store / HOME / COMING, before.uri), dict(before.files)
    for path in {*files, *coming.files} if coming.head else ():
        if ours.get(path) == coming.files.get(path):
            files.pop(path, None)
            files |= {path: ours[path]} if path in ours else {}
    return files


def _read(file: Path, uri: str) -> Base:
    try:
        told = whole_files.read_sealed(file)
        if told["uri"] != uri:
            return Base(uri)
        files = {path: Entry(*one) for path, one in told["files"].items()}
        head = Head(told["number"], tuple(told["parents"]), told["trees"], told["by"])
        return Base(uri, head, told["sha256"], Version(**told["version"]), files)
    except (BadInput, KeyError, TypeError):
        return Base(uri)


def _write(file: Path, base: Base) -> None:
    assert base.head and base.version
    files = {path: [one.sha256, one.size, one.mtime_ns] for path, one in base.files.items()}
    told = {"uri": base.uri, **asdict(base.head), "sha256": base.sha256, "version": asdict(base.version)}
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_sealed(file, told | {"files": files})
