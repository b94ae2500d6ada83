"""What the users table says of users at a date: for each the last row that was valid before it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.engine.duckdb_session import put
from features.user_base import UserBase

ASKED = "asked_of_users"


def users_at(base: UserBase, at: datetime, users: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Columns of users at a date, in the order of ``users`` (``user_id``).

    columns: written ``users.birthday`` or ``birthday``; the result has them without the table. A column or table that
    is not there is all null (of type null), and so is a user without a row. Only rows with ``time`` and, if there is
    one, ``known_at`` before the date count; of several, the last; of several with one time, the greatest.
    """
    names = _names(columns)
    there = columns_there(base.tables, names)
    if not there:
        return users_in(None, users, names)
    put(base.con, ASKED, users.select(["user_id"]))
    table = base.tables["users"]
    rows = table.semi_join(ibis.table({"user_id": table.user_id.type()}, name=ASKED), "user_id")
    return users_in(base.con.to_pyarrow(last_rows(rows, at, there)), users, names)


def columns_there(tables: Mapping[str, ir.Table], columns: Sequence[str]) -> list[str]:
    """Those of the columns that the users table has, without the table's name."""
    table = tables.get("users")
    return [name for name in _names(columns) if table is not None and name in table.columns]


def last_rows(rows: ir.Table, at: datetime, columns: Sequence[str]) -> ir.Table:
    """``user_id`` and columns of the users table, or of a stand-in for it, at a date: one row per user that has any."""
    for time in ("time", "known_at"):
        if time in rows.columns:
            rows = rows.filter(rows[time].isnull() | (rows[time] < ibis.literal(at, "timestamp(6)")))
    first = [name for name in ("time",) if name in rows.columns]
    others = [name for name in rows.columns if name not in ("user_id", "known_at", *first)]
    order = [ibis.desc(rows[name], nulls_first=False) for name in (*first, *others)]
    place = ibis.row_number().over(group_by="user_id", order_by=order)
    return rows.mutate(place=place).filter(lambda row: row.place == 0).select("user_id", *columns)


def users_in(known: pa.Table | None, users: pa.Table, columns: Sequence[str]) -> pa.Table:
    """``users_at`` from rows of ``last_rows``, of these users or of more."""
    found = {name: pa.nulls(len(users)) for name in _names(columns)}
    if known is not None:
        at_row = pc.index_in(users["user_id"], known["user_id"].combine_chunks())
        found |= {name: known[name].combine_chunks().take(at_row) for name in found if name in known.column_names}
    return pa.table({"user_id": users["user_id"], **found})


def _names(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.removeprefix("users.") for name in columns))
