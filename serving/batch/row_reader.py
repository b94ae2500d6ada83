"""Reads the rows of single users out of a snapshot's parts: md5 of the id → part → row group → row, without scanning.

A part is checked against its sha256 in the manifest when a process first touches it, a page against its checksum at
every read; what does not match is refused, never served.
"""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from serving.batch.part import ALL, part_file, prefix_of, record_of

KEPT = 128 * 2**20  # bytes of decoded row groups that a reader keeps: about 300,000 users
OPEN, FOOTERS = 512, 10_000_000  # files that a reader holds open, and users in them: about 55 MB a million
FEW = 4 * 2**20, 16  # bytes that a sparing one keeps, and open files
CURE = "score again with 'holdfast score --fresh'"


class Reader:
    """The open parts of one snapshot. Threads may share it.

    Held are ``KEPT`` bytes of row groups, and the files last used, with their footers: ``OPEN`` of them at most, with
    ``FOOTERS`` users. Going through all rows in batches holds neither. sparing: hold little, as of one of many
    snapshots that users are now and then looked up in.
    """

    def __init__(self, folder: Path, digits: int, parts: Sequence[dict[str, Any]], sparing: bool = False) -> None:
        self._digits, self._sparing = digits, sparing
        self._parts = {part["prefix"]: _Part(folder, part) for part in parts}
        self._kept: OrderedDict[tuple[str, int], tuple[pa.Table, int]] = OrderedDict()
        self._open: OrderedDict[str, int] = OrderedDict()  # users of the parts that are open, the last used last
        self._bytes = 0
        self._lock = threading.Lock()

    def _part(self, prefix: str) -> "_Part":
        """An open part; those that were used longest ago are closed where too much is open."""
        part, most = self._parts[prefix], FEW[1] if self._sparing else OPEN
        part.file()
        closed = []
        with self._lock:
            new = prefix not in self._open
            self._open[prefix] = part.rows
            self._open.move_to_end(prefix)
            while new and len(self._open) > 1 and (len(self._open) > most or sum(self._open.values()) > FOOTERS):
                closed.append(self._open.popitem(last=False)[0])
        for one in closed:
            self._parts[one].close()
        return part

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns and their meanings, as metadata of each."""
        return next(iter(self._parts.values())).file().schema_arrow

    def look_up(self, users: Sequence[Any], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of the given users, each once, in the order given; unknown users are left out. columns: only these.

        An id of another type than the snapshot's is unknown. Raises BadInput where a part is damaged.
        """
        wanted = defaultdict(list)
        kind = self.schema.field("user_id").type
        for place, user in enumerate(dict.fromkeys(user for user in users if _fits(user, kind))):
            prefix = prefix_of(user, self._digits)
            if (group := self._part(prefix).group_of(user)) is not None:
                wanted[prefix, group].append((place, user))
        places: list[int] = []
        found: list[pa.Table] = []
        for (prefix, group), members in wanted.items():
            rows = self._group(prefix, group)
            there = [(place, row) for place, user in members if (row := _row(rows["user_id"], user)) is not None]
            rows = rows.select(columns) if columns is not None else rows
            if there:
                places.extend(place for place, _ in there)
                found.append(rows.slice(there[0][1], 1) if len(there) == 1 else rows.take([row for _, row in there]))
        if len(found) < 2 and len(places) < 2:
            return found[0] if found else self.schema.empty_table().select(columns or self.schema.names)
        order = sorted(range(len(places)), key=places.__getitem__)
        return pa.concat_tables(found).take(order)

    def warm(self) -> None:
        """Check every part, and open as many as may be open."""
        for prefix in self._parts:
            self._part(prefix)

    def files(self) -> Iterator[Path]:
        """The Parquet files, each checked against its hash."""
        return (part.checked() for part in self._parts.values())

    def batches(
        self, columns: Sequence[str] | None = None, rows: int = 50_000, prefix: str = ALL
    ) -> Iterator[pa.RecordBatch]:
        """All rows, part by part and within a part by user_id, in batches of at most so many rows.

        prefix: only of parts that share users with a part of this prefix, of however many digits."""
        for own, part in self._parts.items():
            if ALL in (own, prefix) or own.startswith(prefix) or prefix.startswith(own):
                yield from part.batches(columns, rows)

    def _group(self, prefix: str, group: int) -> pa.Table:
        key = prefix, group
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        rows = self._parts[prefix].read(group)
        size = rows.nbytes
        with self._lock:
            if key not in self._kept:
                self._kept[key] = rows, size
                self._bytes += size
            while self._bytes > (FEW[0] if self._sparing else KEPT) and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return rows


class _Part:
    """One part, checked against manifest and record when first touched, then kept open for look-ups."""

    def __init__(self, folder: Path, entry: dict[str, Any]) -> None:
        self._entry, self._lock = entry, threading.RLock()
        self._path = folder / entry.get("file", part_file(folder, entry["prefix"]).name)
        self._checked = False
        self._file: pq.ParquetFile | None = None
        self._firsts: list[Any] = []

    def checked(self) -> Path:
        """The file, checked against its hash; raises BadInput where it is not what was written."""
        with self._lock:
            if not self._checked:
                hashes = {
                    self._entry["sha256"],
                    self._record().get("sha256"),
                    self._guarded(whole_files.sha256, self._path),
                }
                if len(hashes) > 1:
                    raise self._damaged()
                self._checked = True
            return self._path

    def file(self) -> pq.ParquetFile:
        """The open file, whose pages are checked against their checksums as they are read."""
        with self._lock:
            if self._file is None:
                file = self._guarded(pq.ParquetFile, self.checked(), page_checksum_verification=True)
                self._firsts = [self._first(file, group) for group in range(file.num_row_groups) if self._entry["rows"]]
                self._file = file
            return self._file

    @property
    def rows(self) -> int:
        return int(self._entry["rows"])

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            self._file = None

    def group_of(self, user: Any) -> int | None:
        """The row group that a user is in, if anywhere."""
        self.file()
        place = bisect_right(self._firsts, user) - 1
        return place if place >= 0 else None

    def read(self, group: int) -> pa.Table:
        with self._lock:
            return self._guarded(self.file().read_row_group, group, use_threads=False)

    def batches(self, columns: Sequence[str] | None, rows: int) -> Iterator[pa.RecordBatch]:
        # Through a handle of its own: it is soon closed, and another thread may look somebody up meanwhile.
        with self._guarded(pq.ParquetFile, self.checked(), page_checksum_verification=True) as file:
            batches = file.iter_batches(rows, columns=columns, use_threads=False)
            while (batch := self._guarded(next, batches, None)) is not None:
                yield batch

    def _first(self, file: pq.ParquetFile, group: int) -> Any:
        found = file.metadata.row_group(group).column(0).statistics
        if found is not None and found.has_min_max:
            return found.min
        return self._guarded(file.read_row_group, group, ["user_id"])["user_id"][0].as_py()  # long texts have none

    def _record(self) -> dict[str, Any]:
        return whole_files.read_sealed(record_of(self._path))

    def _guarded(self, read: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """What ``read`` returns; raises BadInput, naming the file, where it fails."""
        try:
            return read(*given, **more)
        except FileNotFoundError:
            raise BadInput(f"{self._path}: not there; {CURE}") from None
        except (OSError, pa.ArrowException):
            raise self._damaged() from None

    def _damaged(self) -> BadInput:
        return BadInput(f"{self._path}: damaged, it is not what was written; {CURE}")


def _fits(user: Any, kind: pa.DataType) -> bool:
    if pa.types.is_integer(kind):
        return isinstance(user, Integral) and not isinstance(user, bool) and -(2**63) <= int(user) < 2**63
    return isinstance(user, str)


def _row(users: pa.ChunkedArray, user: Any) -> int | None:
    ids = users.chunk(0)
    row = bisect_left(range(len(ids)), user, key=lambda at: ids[at].as_py())
    return row if row < len(ids) and ids[row].as_py() == user else None
