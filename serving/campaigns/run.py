"""A campaign run on disk: assignments by user, lists by play, a report, and a manifest that makes it visible.

``store/campaigns/<date>-<hash>/``; nothing in it ever changes. Approvals, cancellation and receipts of exports are
files written once beside them.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import whole_files
from features.errors import BadInput, did_you_mean
from serving.batch.row_reader import Reader
from serving.campaigns.fates import BY_PLAY

CAMPAIGNS, MANIFEST, ASSIGNMENTS, LISTS, REPORT = "campaigns", "manifest.json", "assignments", "lists", "report.json"
STAYED = "stayed"
VERSION = 1  # of the format on disk; part of every run's name
NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{10}")
CURE = "plan it again with 'holdfast campaign plan'"

TIME = pa.timestamp("us", "UTC")
COLUMNS = {  # of assignments, after user_id: type and meaning
    "play": (pa.string(), "the play that took the user; where none did, the first that matched"),
    "arm": (pa.string(), "treatment or holdout; null where a reason stands"),
    "reason": (pa.string(), "why the user is in no arm; null where there is one"),
    "channel": (pa.string(), "the first channel of the play that may reach the user; null where no play took them"),
    "value_at_stake": (pa.float64(), "of the snapshot; null where the user was not scored"),
    "gain": (pa.float64(), "value at stake times save rate, less cost; null where no save rate is known"),
    "cost": (pa.float64(), "of offer and message; held-out users cost nothing when sums are made"),
    "send_after": (TIME, "when the user's quiet hours end; null where there are none"),
    "send_before": (TIME, "when they begin again"),
    "rank": (pa.int64(), "place in the play, 1 first, both arms and who is over budget counted; null: no play"),
    "bucket": (pa.int64(), "the user's random number, 0 to 9999"),
    "plays_matched": (pa.int64(), "the plays that matched, as bits by their number in the manifest, 1 << number"),
    **{f"plays_{name}": (pa.int64(), f"those of them that the reason {name} kept off, as bits") for name in BY_PLAY},
}


def schema(user: pa.DataType) -> pa.Schema:
    """The schema of assignments. user: the type of the users' ids."""
    fields = [pa.field(name, kind, metadata={"meaning": meaning}) for name, (kind, meaning) in COLUMNS.items()]
    return pa.schema([pa.field("user_id", user), *fields])


@dataclass(frozen=True)
class Run:
    """A finished run: its folder and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def as_of(self) -> datetime:
        """UTC, without a zone."""
        return datetime.fromisoformat(self.manifest["as_of"])

    @property
    def plays(self) -> dict[str, dict[str, Any]]:
        """Each play's settings as they were, by name, in order of priority."""
        return {one["name"]: one for one in self.manifest["plays"]}

    @cached_property
    def report(self) -> dict[str, Any]:
        """See ``report.report``. Raises BadInput where it was changed."""
        file = self.folder / REPORT
        self.check(REPORT)
        return json.loads(file.read_text(encoding="utf-8"))

    @property
    def sha256(self) -> str:
        """Of the manifest, which names the hashes of all other files: what an approval binds."""
        return whole_files.sha256(self.folder / MANIFEST)

    @property
    def files(self) -> list[Path]:
        """The assignments' Parquet files, each checked against its hash when it is first asked for."""
        return list(self._reader.files())

    @property
    def stayed(self) -> list[Path]:
        """The files of who met the rule of a play, but not as somebody who entered; each checked against its hash."""
        return [self.check(name) for name in self.manifest["files"] if name.startswith(f"{STAYED}/")]

    def look_up(self, users: Sequence[Any], columns: Sequence[str] | None = None) -> pa.Table:
        """The assignments of the given users, in their order; users whom no play matched are left out. columns: only
        these."""
        return self._reader.look_up(users, columns)

    def list_file(self, play: str, which: str = "full") -> Path:
        """A list's file, checked against its hash. which: full, in or out."""
        if play not in self.plays:
            raise BadInput(f"{self.name}: no play '{play}'; {did_you_mean(play, self.plays)}")
        return self.check(f"{LISTS}/{play}/{which}.parquet")

    def check(self, name: str) -> Path:
        """A file of the run; raises BadInput where it is not as it was written."""
        file = self.folder / self.place(name)
        wanted = self.manifest["files"].get(name)
        if wanted is None or not file.exists() or whole_files.sha256(file) != wanted:
            raise BadInput(f"{file}: damaged or not there; {CURE}, into another store")
        return file

    def place(self, name: str) -> str:
        """Where a file of the run lies: under its name, or beside it where it was written anew without somebody."""
        return str(self.manifest.get("places", {}).get(name, name))

    def verify(self) -> None:
        """Read every file anew; raises BadInput where one is not as it was written."""
        for name in self.manifest["files"]:
            self.check(name)
        for part in self.manifest["parts"]:
            file = self.folder / ASSIGNMENTS / part["file"]
            if not file.exists() or whole_files.sha256(file) != part["sha256"]:
                raise BadInput(f"{file}: damaged or not there; {CURE}, into another store")

    @property
    def user(self) -> pa.DataType:
        """The type of the users' ids."""
        return self._reader.schema.field("user_id").type

    def id_of(self, text: str) -> int | str:
        """A user's id as the run's tables have it, from text; a text that is no whole number stays one."""
        whole = pa.types.is_integer(self.user)
        return int(text) if whole and re.fullmatch(r"-?\d{1,18}", text) else text

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.folder / ASSIGNMENTS, self.manifest["digits"], self.manifest["parts"])


def run_name(as_of: datetime, *parts: str) -> str:
    """The name of a run: its date, and a hash of everything that its result depends on."""
    digest = hashlib.sha256(json.dumps([VERSION, as_of.isoformat(), *parts]).encode()).hexdigest()
    return f"{as_of:%Y-%m-%d}-{digest[:10]}"


def open_run(store: Path, name: str) -> Run:
    """A finished run by its name, or ``latest``; raises BadInput where there is none, or it is damaged."""
    if name == "latest":
        if found := newest(store):
            return found
        raise BadInput(f"{store / CAMPAIGNS}: no run yet; make one with 'holdfast campaign plan'")
    if not there(store, name):
        known = [one.name for one in runs(store)]
        raise BadInput(f"'{name}': no finished run of that name; {did_you_mean(name, known)}")
    return _open(store / CAMPAIGNS / name)


def there(store: Path, name: str) -> bool:
    """Whether there is a finished run of that name, which is never taken for a path."""
    return bool(NAME.fullmatch(name)) and (store / CAMPAIGNS / name / MANIFEST).exists()


def runs(store: Path) -> list[Run]:
    """Every finished run that can be opened, the newest as-of first; of one as-of, the last made first."""
    return _opened_in_order(_folders(store))


def newest(store: Path) -> Run | None:
    """The first of ``runs``; None where there is none. Runs of earlier dates are not opened, however many there are."""
    for _, folders in groupby(sorted(_folders(store), reverse=True), key=lambda folder: folder.name[:10]):
        if found := _opened_in_order(folders):
            return found[0]
    return None


def _folders(store: Path) -> list[Path]:
    found = (file.parent for file in (store / CAMPAIGNS).glob(f"[0-9]*/{MANIFEST}"))
    return [folder for folder in found if NAME.fullmatch(folder.name)]


def _opened_in_order(folders: Iterable[Path]) -> list[Run]:
    found = []
    for folder in folders:
        with suppress(BadInput, FileNotFoundError):
            found.append(((folder / MANIFEST).stat().st_mtime_ns, _open(folder)))
    return [run for _, run in sorted(found, key=lambda one: (one[1].as_of, one[0]), reverse=True)]


def _open(folder: Path) -> Run:
    found = (folder / MANIFEST).stat()
    return _opened(folder, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)  # each keeps what was read of it
def _opened(folder: Path, *_: int) -> Run:
    try:
        manifest = whole_files.read_sealed(folder / MANIFEST)
    except BadInput:
        raise BadInput(f"{folder / MANIFEST}: damaged or unreadable; {CURE}, into another store") from None
    if manifest.get("version") != VERSION:
        raise BadInput(f"{folder / MANIFEST}: of another format; {CURE}")
    return Run(folder, manifest)
