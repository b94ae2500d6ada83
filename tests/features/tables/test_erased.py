"""Rows of erased users are found by their hashes, whatever the type of ids."""

import ibis
import pyarrow as pa
import pytest

from features.suppressed import Suppressed
from features.tables.erased import erased_ids, of_erased


def gone(*ids):
    salt = Suppressed("0f")
    return Suppressed("0f", frozenset(salt.of(one) for one in ids))


@pytest.mark.parametrize("ids", [[1, 22, None, 1], ["1", "22", None, "o'x"]])
def test_rows_of_erased_users_are_found_and_no_others(ids):
    con = ibis.duckdb.connect()
    table = con.create_table("t", pa.table({"user_id": ids}))
    assert erased_ids(con, gone("1", "300"), table.user_id) == ["1"]
    (fault,) = of_erased(con, gone("1", "300"), table.user_id)
    assert con.to_pyarrow(table.filter(fault.test).count()).as_py() == ids.count(ids[0])


def test_where_nobody_was_erased_nothing_is_asked():
    assert of_erased(None, Suppressed(), ibis.literal(1)) == [] and of_erased(None, gone("1"), None) == []
