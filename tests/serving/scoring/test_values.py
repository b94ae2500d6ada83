"""A column's values are the same whether Arrow or plain Python holds them."""

import numpy as np
import pyarrow as pa
import pytest

from serving.scoring.columns import CURVE
from serving.scoring.reasons import TYPE
from serving.scoring.values import Curves, Names, NoReasons, Numbers, Reasons

NAN = float("nan")
WHY = Reasons(("order_count_30d", "tenure_days"), np.array([[2.0, NAN]]), np.array([[-0.5, 1.0]]))
FIRST, SECOND = ("tenure_days", None, 1.0), ("order_count_30d", 2.0, -0.5)


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (Numbers(np.array([0.5, 2.0])), pa.float64(), [0.5, 2.0]),
        (Numbers(np.array([0.5, NAN]), nullable=True), pa.float64(), [0.5, None]),
        (Names(["low", "high"], np.array([1, 0, 1])), pa.string(), ["high", "low", "high"]),
        (
            Curves((7.0, 30.0), np.array([[0.25, 0.75]])),
            CURVE,
            [
                [
                    {"days": 7.0, "churn_risk": 0.25, "returned": 0.75},
                    {"days": 30.0, "churn_risk": 0.75, "returned": 0.25},
                ]
            ],
        ),
        (WHY, TYPE, [[dict(zip(("feature", "value", "contribution"), one, strict=True)) for one in (FIRST, SECOND)]]),
        (NoReasons(2), TYPE, [None, None]),
    ],
    ids=lambda one: type(one).__name__,
)
def test_arrow_and_plain_values_are_the_same(column, kind, values):
    array = column.arrow()
    assert array.type == kind and array.to_pylist() == values == column.plain()


def test_a_number_that_is_none_stays_one_where_the_column_has_no_nulls():
    column = Numbers(np.array([NAN]))
    assert column.arrow().null_count == 0 and np.isnan(column.plain()).all()
