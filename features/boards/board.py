"""What a board is: an Ibis expression over what was known at a date, with the meaning of every column beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir
import pyarrow as pa

from features.boards.sight import Sight
from features.errors import BadInput
from features.said import Said

Kind = Literal["text", "id", "date", "count", "days", "money", "share", "number", "texts"]
Build = Callable[[Sight], ir.Table]
After = Callable[[pa.Table, Sight], pa.Table]
Wants = Callable[[Sight], str | None]

TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "id": pa.string(),
    "date": pa.date32(),
    "count": pa.int64(),
    "days": pa.float64(),
    "money": pa.float64(),
    "share": pa.float64(),
    "number": pa.float64(),
    "texts": pa.list_(pa.string()),
}


@dataclass(frozen=True)
class Column:
    """A column of a board. kind: what it holds; a share is 0 to 1, a count a whole number. title: a head of two or
    three words; says: its meaning in a sentence. null: what a null means; None: there is none."""

    name: str
    kind: Kind
    title: Said
    says: Said
    null: Said | None = None


@dataclass(frozen=True)
class Board:
    """A board: what it says, its columns, the tables that it needs, and the expression.

    key: the first so many columns tell the rows apart, and the rows are in their order. scored: it needs a snapshot's
    rows. people: it holds user ids, so that the scope ``view`` does not open it. after: what is done to the rows where
    an expression cannot say it; they are few by then. wants: why else it cannot be made, None where it can;
    asked where all tables are there.
    """

    name: str
    title: Said
    says: Said
    columns: tuple[Column, ...]
    key: int
    build: Build
    needs: tuple[str, ...] = ()
    scored: bool = False
    people: bool = False
    after: After | None = None
    wants: Wants | None = None

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)

    def lacks(self, sight: Sight) -> str | None:
        """Why the board cannot be made of what there is; None where it can."""
        if missing := [name for name in self.needs if not sight.has(name)]:
            return f"needs {' and '.join(f'[tables.{name}]'.replace('.', '.', 1) for name in missing)}"
        if self.scored and not sight.has("scored"):
            return "needs a scored snapshot"
        return self.wants(sight) if self.wants else None

    def rows(self, found: pa.Table, sight: Sight) -> pa.Table:
        """The rows as the contract has them: its columns, types and order. Raises BadInput where they are others."""
        found = self.after(found, sight) if self.after else found
        names = [one.name for one in self.columns]
        if set(found.column_names) != set(names):
            raise BadInput(f"board {self.name}: has the columns {found.column_names}, its contract says {names}")
        found = (
            found.select(names).cast(self.schema(found)).sort_by([(name, "ascending") for name in names[: self.key]])
        )
        for one in self.columns:
            if one.null is None and found[one.name].null_count:
                raise BadInput(f"board {self.name}: nulls in {one.name}, and its contract has none")
        return found

    def schema(self, found: pa.Table | None = None) -> pa.Schema:
        """The types of its columns; an id keeps the type that the tables give it."""
        fields = []
        for one in self.columns:
            kind = TYPES[one.kind] if found is None or one.kind != "id" else found.schema.field(one.name).type
            fields.append(pa.field(one.name, kind, metadata={"meaning": one.says.en}))
        return pa.schema(fields)


def columns(*given: tuple[str, Kind, str, str, str, str] | tuple[str, Kind, str, str, str, str, str, str]) -> tuple:
    """Columns from rows of (name, kind, title en, title zh, sentence en, sentence zh[, null en, null zh])."""
    return tuple(
        Column(one[0], one[1], Said(one[2], one[3]), Said(one[4], one[5]), Said(*one[6:]) if one[6:] else None)
        for one in given
    )


def board(
    name: str,
    title: tuple[str, str],
    says: tuple[str, str],
    key: int,
    given: Sequence[Column],
    needs: tuple[str, ...] = (),
    scored: bool = False,
    people: bool = False,
    after: After | None = None,
    wants: Wants | None = None,
) -> Callable[[Build], Board]:
    """Make a board of the function that builds it."""

    def made(build: Build) -> Board:
        return Board(name, Said(*title), Said(*says), tuple(given), key, build, needs, scored, people, after, wants)

    return made
