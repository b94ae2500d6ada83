"""Finds the rows of users who were erased and are still in the source tables: they are left out as it is read."""

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.engine.duckdb_session import read
from features.suppressed import Suppressed
from features.tables.row_checks import Fault

ERASED = "=erased"  # not bad, but left out


def of_erased(con: Backend, gone: Suppressed, user: ir.Value | None) -> list[Fault]:
    """The test whether a row is of an erased user; none where nobody of this table was erased. user: the column of ids
    as typed."""
    found = erased_ids(con, gone, user) if user is not None else []
    return [Fault(user.cast("string").isin(found), ERASED, ERASED)] if found else []  # type: ignore[union-attr]


def erased_ids(con: Backend, gone: Suppressed, user: ir.Value) -> list[str]:
    """The ids of erased users in a column of ids, as text. Each different id is hashed once; they are in memory, and
    written nowhere."""
    if not gone.hashes:
        return []
    ids = con.compile(user.cast("string").name("id").as_table().distinct())
    con.con.register("suppressed_hashes", pa.table({"hash": pa.array(sorted(gone.hashes))}))
    try:
        query = f"SELECT id FROM ({ids}) WHERE sha256('{gone.salt}|' || id) IN (SELECT hash FROM suppressed_hashes)"
        return [one for one in read(con, query)["id"].to_pylist() if one is not None]
    finally:
        con.con.unregister("suppressed_hashes")
