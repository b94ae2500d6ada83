"""Orders by day and channel."""

import pandas as pd
import pytest


def test_first_and_repeat_orders_refunds_and_discounts(board_of, day):
    orders = ["user_id ago amount channel discount", ("a", 2.5, 10, "app", 1), ("a", 1.5, 20, "app", None)]
    orders += [("a", 1.4, -5, "app", None), ("b", 1.3, 30, "app", 3), ("b", 1.2, 7, None, None)]
    plain = {"refunds": 0, "repeat_orders": 0, "first_orders": 0}
    assert board_of("orders", orders=orders) == [
        plain
        | {"date": day(3), "channel": "app", "orders": 1, "buyers": 1, "first_orders": 1, "amount": 10}
        | {"discount": 1, "average": 10},
        plain
        | {"date": day(2), "channel": "app", "orders": 2, "buyers": 2, "first_orders": 1, "repeat_orders": 1}
        | {"amount": 50, "refunds": 5, "discount": 3, "average": 25},
        plain
        | {"date": day(2), "channel": None, "orders": 1, "buyers": 1, "repeat_orders": 1, "amount": 7}
        | {"discount": None, "average": 7},
    ]


def test_a_day_of_refunds_alone_has_no_average(board_of):
    orders = ["user_id ago amount", ("a", 1.5, -5)]
    (row,) = board_of("orders", orders=orders)
    assert (row["orders"], row["refunds"], row["average"], row["discount"]) == (0, 5, None, None)


def test_it_adds_up_as_pandas_does(small):
    orders = small.frames["orders"].sort_values("time")
    first = ~orders.user_id.duplicated()
    by = [orders.date.dt.date, "channel"]
    expected = orders.assign(first=first, money=orders.amount.astype(float)).groupby(by)
    expected = expected.agg(
        orders=("user_id", "size"), buyers=("user_id", "nunique"), first=("first", "sum"), m=("money", "sum")
    )
    made = small.made("orders").set_index(["date", "channel"]).loc[list(expected.index)]
    assert len(made) == len(small.made("orders"))
    assert (made.orders.tolist(), made.buyers.tolist()) == (expected.orders.tolist(), expected.buyers.tolist())
    assert made.first_orders.tolist() == expected["first"].tolist()
    pd.testing.assert_series_equal(
        made.amount, expected.m, check_names=False, check_index=False, check_index_type=False
    )
    assert made.amount.sum() == pytest.approx(float(orders.amount.sum()))
