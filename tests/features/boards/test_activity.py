"""What boards begin with: days of users, when they first came, their channels, and names beyond the largest."""

from datetime import date

import pytest

from features.boards.activity import LARGEST, by_channel, channels, mean, user_days, visitors
from features.boards.sight import Sight

ORDERS = ["user_id ago amount", ("a", 2, 10), ("a", 1.7, 5), ("a", 1, -4)]
EVENTS = ["user_id ago event session_id value", ("a", 1.5, "view", None, None), ("b", 4, "view", "s", 7)]
EVENTS += [("b", 3.9, "cart", "s", 2), ("b", 3.8, "view", "t", None), ("b", 3.7, "view", None, None)]


@pytest.fixture
def rows_of(con, config_of, tables_of, cutoff):
    def make(build, value=None, **literals):
        sight = Sight(config_of(literals, value=value or {}), cutoff, tables_of(**literals))
        table = build(sight)
        return con.to_pyarrow(table.order_by(table.columns)).to_pylist()

    return make


@pytest.mark.parametrize(
    ("value", "worth"),
    [({}, [15, -4, 0]), ({"sum": "events.value"}, [0, 0, 9]), ({"sum": "events"}, [1, 0, 4])],
)
def test_a_day_has_its_events_sessions_orders_and_what_the_setting_adds_up(rows_of, value, worth):
    rows = rows_of(user_days, value, orders=ORDERS, events=EVENTS)
    assert [tuple(one.values())[:5] for one in rows] == [
        ("a", date(2025, 12, 30), 1, 0, 2),
        ("a", date(2025, 12, 31), 0, 0, 0),  # a refund alone
        ("b", date(2025, 12, 28), 4, 2, 0),
    ]
    assert [float(one["value"]) for one in rows] == worth


def test_a_refund_is_no_visit_and_its_money_counts(rows_of):
    orders = ["user_id ago amount", ("a", 9, -4), ("a", 2, 10), ("b", 1, -3)]
    rows = rows_of(visitors, orders=orders, events=[EVENTS[0], ("a", 5, "view", None, None)], users=["user_id", ("a",)])
    assert [(one["first"], one["first_order"], float(one["value"])) for one in rows] == [
        (date(2025, 12, 27), date(2025, 12, 30), 6),
        (None, None, -3),
    ]


def test_channels_beyond_the_largest_are_one(rows_of):
    users = [(f"u{one:02}", f"c{one:02}") for one in range(LARGEST + 2)] + [("v", "c31"), ("w", None)]
    rows = rows_of(channels, orders=ORDERS, users=["user_id channel", *users])
    found = {one["user_id"]: one["channel"] for one in rows}
    assert {user for user, channel in found.items() if channel == "(other)"} == {"u29", "u30"}
    assert found["v"] == "c31" and found["w"] is None and len(found) == len(users)


def test_without_channels_of_users_every_row_has_none(rows_of):
    assert [one["channel"] for one in rows_of(visitors, orders=ORDERS, events=EVENTS)] == [None, None]
    users = ["user_id plan", ("a", "x"), ("c", "x")]
    assert rows_of(channels, orders=ORDERS, users=users) == [
        {"user_id": "a", "channel": None},
        {"user_id": "c", "channel": None},
    ]
    rows = rows_of(lambda sight: by_channel(sight, user_days(sight)), orders=ORDERS, users=users)
    assert [one["channel"] for one in rows] == [None, None] and rows[0]["date"] == date(2025, 12, 30)


def test_a_mean_of_nothing_is_null(con):
    import ibis

    table = ibis.memtable({"total": [3, 3], "count": [2, 0]})
    assert con.to_pyarrow(mean(table.total, table["count"])).to_pylist() == [1.5, None]
