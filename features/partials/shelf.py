"""The files that hold what a table's days come to: each of a span of days, sound by the hash in its name."""

import hashlib
import io
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features import whole_files
from features.suppressed import Suppressed

if TYPE_CHECKING:  # its import costs what a verb that reads no table should not pay
    import ibis.expr.types as ir

FOLDER = "partials"  # in the store; in it a folder for each table
SPAN = 32  # days of a file: to open one takes longer than to read a day
NAME = re.compile(r"(?P<span>\d{5})-(?P<key>[0-9a-f]{24})-(?P<hash>[0-9a-f]{24})\.parquet")
GONE = b"erased"  # in a file's metadata: who was erased when it was written
KEYS = b"keys"  # in a file's metadata: its days, and of each the hash of all that its rows depend on
DAY = 86_400.0
ON = "on"  # the day, in days since 1970 on the wall
WALL = "wall"  # the time on the wall, in microseconds since 1970


@dataclass(frozen=True)
class DayRows:
    """What is kept of a table, as an open base has it. table: ``user_id``, ON and what the user's rows of that day come
    to, each user and day once. rows_a_user: how many of these rows a user has, in the mean."""

    table: "ir.Table"
    rows_a_user: float


@dataclass(frozen=True)
class Kept:
    """A file. span: the first of its days, since 1970. key: of all its days' keys."""

    file: Path
    span: int
    key: str

    @property
    def sound(self) -> bool:
        """Whether its bytes are what was written."""
        try:
            return _hash(self.file.read_bytes()) == self.file.name.rpartition("-")[2].partition(".")[0]
        except OSError:
            return False

    @property
    def keys(self) -> dict[int, str]:
        """The key of each of its days."""
        return {int(day): key for day, key in json.loads(self._metadata.get(KEYS, b"{}")).items()}

    @property
    def gone(self) -> str:
        """Whose rows are not in it, see ``mark``."""
        return self._metadata.get(GONE, b"unknown 0").decode()

    @property
    def _metadata(self) -> dict[bytes, bytes]:
        from pyarrow.parquet import read_schema

        return read_schema(self.file).metadata or {}

    def rows(self, days: list[int]) -> pa.Table:
        """The rows of some of its days."""
        from pyarrow.parquet import read_table

        return read_table(self.file, filters=[(ON, "in", days)], partitioning=None)

    @property
    def unused(self) -> float:
        """For how many days no job has used it, or one more."""
        return (time.time() - self.file.stat().st_mtime) / DAY

    def use(self) -> None:
        """Say by its time of change that it is still of use, once a day."""
        with suppress(FileNotFoundError):
            if self.unused > 1:
                os.utime(self.file)


def on_shelf(store: Path, table: str = "*") -> list[Kept]:
    """The files of a table, or of all, by name."""
    return sorted(_files(store / FOLDER, table), key=lambda one: one.file)


def span_of(day: int) -> int:
    """The first day of the span that a day lies in."""
    return day - day % SPAN


def key_of(keys: Mapping[int, str]) -> str:
    """The key of a span whose days have these keys."""
    return _hash(repr(sorted(keys.items())).encode())


def mark(erased: Suppressed) -> str:
    """Who was erased, in short; empty where nobody was."""
    return f"{_hash(erased.salt.encode())} {len(erased.hashes)}" if erased.hashes else ""


def lacks_nobody(kept: Kept, erased: Suppressed) -> bool:
    """Whether all whose rows a file lacks are still erased: an erasure takes days away, but nothing brings rows back
    where one is lifted. To the same salt, erased users are only added."""
    before, now = kept.gone.split(), mark(erased).split()
    return not before or (before[:1] == now[:1] and int(before[1]) <= int(now[1]))


def put(store: Path, table: str, keys: Mapping[int, str], rows: pa.Table, gone: str = "") -> Kept:
    """Write what the days of a span come to, whole or not at all; of the same rows, the same file. gone: ``mark``."""
    from pyarrow.parquet import write_table

    buffer, span = io.BytesIO(), span_of(min(keys))
    told = json.dumps({str(day): keys[day] for day in sorted(keys)}).encode()
    write_table(rows.replace_schema_metadata({KEYS: told, GONE: gone.encode()}), buffer, compression="zstd")
    file = store / FOLDER / table / f"{span:05}-{key_of(keys)}-{_hash(buffer.getvalue())}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write(file, lambda part: part.write_bytes(buffer.getbuffer()))
    return Kept(file, span, key_of(keys))


def without(kept: Kept, days: Iterable[int]) -> None:
    """Take some days out of a file: the next build works them out anew."""
    gone, keys = set(days), kept.keys
    left = {day: key for day, key in keys.items() if day not in gone}
    if left:
        folder = kept.file.parent
        put(folder.parents[1], folder.name, left, kept.rows(list(left)), kept.gone)
    kept.file.unlink()


def _files(folder: Path, table: str) -> Iterator[Kept]:
    for file in folder.glob(f"{table}/*.parquet"):
        if found := NAME.fullmatch(file.name):
            yield Kept(file, int(found["span"]), found["key"])


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]
