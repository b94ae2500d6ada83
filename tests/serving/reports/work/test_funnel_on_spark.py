"""What Spark is asked, on DuckDB, whose SQL is near enough: tests/features/engine/test_spark.py asks Spark itself."""

import ibis
import pyarrow as pa

from features.groups.group_differences import by_group, steps_taken
from serving.reports.work.funnel_on_spark import _reached, _word


def test_steps_count_in_order_and_missing_values_are_a_group():
    con = ibis.duckdb.connect().con
    given = {"a": [1, 2, None, 0, 5], "b": [None, 3, 4, 1, 0], "plan": ["x", None, "x", "y", "x"]}
    con.register("given", pa.table(given))
    counts = con.sql("SELECT a, b FROM given").to_arrow_table().to_pandas()
    reached = steps_taken([counts["a"].to_numpy(), counts["b"].to_numpy()])

    def asked(sql):
        sql = sql.replace("`", '"')
        return [one for (one,) in con.execute(f"SELECT {sql} FROM given").fetchall()]

    assert asked(_reached(["a", "b"])) == reached.tolist() == [1, 2, 0, 0, 1]
    assert asked(_word("plan", True)) == ["x", "(missing)", "x", "y", "x"]
    assert asked(_word("b", False)) == ["(missing)", "yes", "yes", "yes", "no"]
    assert by_group(reached, pa.array(["x", None, "x", "y", "x"]).to_numpy(zero_copy_only=False), 2)["x"] == [1, 2, 0]
