"""What the API answers about boards: which there are with the meaning of every column, and the rows of one."""

from typing import Any, Literal

from pydantic import BaseModel

from serving.api.contract.responses import Made


class BoardColumn(BaseModel):
    """A column: what it holds (a share is 0 to 1, a count a whole number, money in the currency of value), its head,
    its meaning, and what a null means (null: there is none), in the language asked for."""

    name: str
    kind: Literal["text", "id", "date", "count", "days", "money", "share", "number", "texts"]
    title: str
    says: str
    null: str | None


class BoardAbout(BaseModel):
    """A board: its head and its meaning in the language asked for; whether it names single users, which takes a key of
    the scope people; how many rows it has, or why it could not be made (null: it was); its columns, of which the first
    ``key`` tell the rows apart."""

    name: str
    title: str
    says: str
    people: bool
    rows: int | None
    missing: str | None
    key: int
    columns: list[BoardColumn]


class BoardsAnswer(Made):
    """The boards of the snapshot that is served, in the order in which people are shown them."""

    boards: list[BoardAbout]


class BoardAnswer(Made):
    """A board and its rows in their order, each with the board's columns. By Accept also as CSV or Parquet."""

    board: BoardAbout
    rows: list[dict[str, Any]]
