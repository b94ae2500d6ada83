"""Where Spark's SQL would give other values than DuckDB's, other SQL is written."""

import ibis
import pytest

from features.engine.spark_compiler import compile

TABLE = ibis.table({"user_id": "int64", "amount": "decimal(18, 4)", "flag": "boolean"}, name="orders")


@pytest.mark.parametrize(
    "value, expected",
    [
        (TABLE.amount.sum() / 3, "DOUBLE"),  # a quotient of decimals would have few places
        (TABLE.count(where=TABLE.flag), "COUNT"),  # a sum would be null over no rows
        (TABLE.user_id.mean() * 0.1, "CAST('0.1' AS DOUBLE)"),  # 0.1 would be a decimal
    ],
)
def test_values_that_would_differ_are_written_otherwise(needs, value, expected):
    needs("spark")
    assert expected in compile(TABLE.aggregate(found=value))
