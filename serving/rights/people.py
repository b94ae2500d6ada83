"""Who is erased: ids as text, and texts that are theirs alone; and the rows of a table without them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import BadInput

WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")  # as a number is written: 007 is another user than 7


@dataclass(frozen=True)
class People:
    """ids: of users, as text. texts: values of the source tables that only they have, such as a place where nobody else
    lives: rows of boards and reports that go by one are theirs."""

    ids: tuple[str, ...]
    texts: frozenset[str] = frozenset()

    @property
    def by_id(self) -> "People":
        """The same, to be known by their ids alone."""
        return People(self.ids)

    def typed(self, kind: pa.DataType) -> pa.Array:
        """The ids as a table has them; of a table of numbers those that are whole numbers."""
        if pa.types.is_integer(kind):
            return pa.array([int(one) for one in self.ids if WHOLE.fullmatch(one)], kind)
        return pa.array(self.ids, kind if pa.types.is_string(kind) or pa.types.is_large_string(kind) else pa.string())

    def rows_of(self, rows: pa.Table) -> pa.ChunkedArray:
        """Which rows are theirs: of their ``user_id``, or with one of their texts in any column."""
        mine = pa.chunked_array([pa.array([False] * len(rows), pa.bool_())])
        if "user_id" in rows.column_names:
            ids = rows["user_id"]
            if not pa.types.is_integer(ids.type):  # as it came: with blanks, or 7.0 for 7
                ids = pc.replace_substring_regex(pc.utf8_trim_whitespace(pc.cast(ids, pa.string())), r"\.0$", "")
            mine = pc.or_(mine, _among(ids, self.typed(ids.type)))
        for field in rows.schema if self.texts else ():
            if pa.types.is_string(field.type) and field.name != "user_id":
                mine = pc.or_(mine, _among(rows[field.name], pa.array(sorted(self.texts))))
        return mine

    def without(self, rows: pa.Table) -> pa.Table | None:
        """The other rows, as they were; None where none is theirs."""
        mine = self.rows_of(rows)
        return rows.filter(pc.invert(mine)) if pc.any(mine).as_py() else None


def of(users: Iterable[Any], texts: Iterable[str] = ()) -> People:
    """The people of these ids, each once. Raises BadInput for an empty one."""
    ids = tuple(dict.fromkeys(str(one).strip() for one in users))
    if "" in ids:
        raise BadInput("--user: an id is empty; give it as the tables have it")
    return People(ids, frozenset(texts))


def listed(file: Path) -> list[str]:
    """The ids of a file, one a line; raises BadInput where it cannot be read or holds none."""
    try:
        found = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"--users {file}: cannot be read; give a text file with an id a line") from None
    if not found:
        raise BadInput(f"--users {file}: holds no id; write one a line")
    return found


def _among(values: pa.ChunkedArray, ids: pa.Array) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_in(values, value_set=ids), False)
