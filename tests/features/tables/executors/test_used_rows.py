"""Both engines use the same rows: lines merged, exact copies once. Of Spark: tests of ``judge``, beside."""

from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from features.tables.columns import ROW
from features.tables.executors.used_rows import used_on_duckdb

AT = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("name", "once", "rows", "repeats"),
    [("orders", True, 1, 1), ("orders", False, 1, 0), ("events", True, 2, 1), ("events", False, 3, 0)],
)
def test_lines_are_merged_and_copies_left_out_where_they_count_once(name, once, rows, repeats):
    table = pa.table({"user_id": [1, 1, 1], "time": [AT] * 3, "amount": [1, 1, 2], ROW: [7, 7, 8]})
    con = ibis.duckdb.connect()
    hashed = con.create_table("hashed", table)
    good, used, copies = used_on_duckdb(con, name, hashed.drop(ROW), hashed, 3, once)
    assert (used, copies) == (rows, repeats) == (con.to_pyarrow(good.count()).as_py(), repeats)
    assert con.to_pyarrow(good.amount.sum()).as_py() == (3 if once else 4)
