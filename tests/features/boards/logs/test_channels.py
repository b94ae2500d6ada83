"""Channels: users, what they cost and bring, who is expected to leave, and where they order."""

import pytest

from features.boards.logs.channels import DAYS
from tests.features.boards.conftest import AT


def test_a_channel_is_counted_costed_and_weighed(board_of):
    users = [
        "user_id channel signup_ago",
        ("a", "ads", 10.5),
        ("b", "ads", DAYS + 9),
        ("c", None, 20.5),
        ("d", "ads", -5),
    ]
    orders = ["user_id ago amount channel", ("a", 5.5, 50, "app"), ("b", 4.5, 70, "Store"), ("b", 4.4, 5, "web")]
    costs = ["ago channel cost", (3, "ads", 20), (2, "ads", 5), (1, "tv", 8), (DAYS + 9, "ads", 1000), (-2, "ads", 9)]
    scored = [
        {"user_id": user, "channel": channel, "churn_risk": risk, "expected_value": value}
        for user, channel, risk, value in (("a", "ads", 0.25, 10.0), ("b", "ads", 0.75, 30.0), ("c", None, None, None))
    ]
    found = board_of("channels", users=users, orders=orders, costs=costs, scored=scored)
    names = ("channel", "users", "new_users", "cost", "cost_per_user", "value", "roi", "scored", "churn_share")
    names += ("expected_value", "online", "in_store", "both")
    assert [tuple(one[name] for name in names) for one in found] == [
        ("ads", 2, 1, 25, 25, 50, 1, 2, 0.5, 20, 1, 0, 1),
        ("tv", 0, 0, 8, None, 0, -1, 0, None, None, 0, 0, 0),
        (None, 1, 1, 0, 0, 0, None, 0, None, None, 0, 0, 0),
    ]
    assert [one["share"] for one in found] == [pytest.approx(2 / 3), 0, pytest.approx(1 / 3)]
    assert [one["new_share"] for one in found] == [0.5, 0, 0.5]


def test_without_costs_a_snapshot_or_channels_of_orders_those_columns_are_null(board_of):
    orders = ["user_id ago amount", ("a", 5.5, 50), ("a", 5.4, -20)]
    (row,) = board_of("channels", users=["user_id channel", ("a", "ads")], orders=orders)
    null = ("cost", "cost_per_user", "roi", "scored", "churn_share", "expected_value", "online", "in_store", "both")
    assert [row[name] for name in null] == [None] * len(null)
    assert (row["users"], row["new_users"], row["value"]) == (1, 1, 30)  # first there lately


def test_it_counts_as_pandas_does(small):
    users, costs, orders = (small.frames[name] for name in ("users", "costs", "orders"))
    scored = small.frames["scored"].merge(users[["user_id", "channel"]], on="user_id")
    made = small.made("channels").set_index("channel")
    where = orders.assign(store=orders.channel == "store").groupby("user_id").store.agg(["max", "min"])
    for channel, of in users.groupby("channel"):
        one = made.loc[channel]
        cost = float(costs.cost[(costs.channel == channel) & (costs.time < AT)].sum())
        value = float(orders.amount[orders.user_id.isin(of.user_id)].sum())  # the logs are shorter than a year
        assert (one.users, one.new_users) == (len(of), len(of))
        assert (one.cost, one.value) == (pytest.approx(cost), pytest.approx(value))
        assert one.share == pytest.approx(len(of) / len(users))
        assert one.churn_share == pytest.approx(scored.churn_risk[scored.channel == channel].mean(), abs=1e-6)
        assert one.expected_value == pytest.approx(scored.expected_value[scored.channel == channel].mean(), abs=1e-6)
        there = where[where.index.isin(of.user_id)]
        assert (one.online, one.in_store) == ((~there["max"]).sum(), there["min"].sum())
        assert one.both == (there["max"] & ~there["min"]).sum()
