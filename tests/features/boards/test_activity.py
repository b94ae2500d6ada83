"""What boards begin with: rows of events and orders, channels of users, and names beyond the largest."""

from datetime import datetime

import pytest

from features.boards.activity import LARGEST, activity, by_channel, channels, mean
from features.boards.sight import Sight

ORDERS = ["user_id ago amount", ("a", 2, 10), ("a", 1, -4)]
EVENTS = ["user_id ago event session_id value", ("b", 3, "view", "s", 7)]


@pytest.fixture
def rows_of(con, config_of, tables_of, cutoff):
    def make(build, value=None, **literals):
        sight = Sight(config_of(literals, value=value or {}), cutoff, tables_of(**literals))
        table = build(sight)
        return con.to_pyarrow(table.order_by(table.columns)).to_pylist()

    return make


@pytest.mark.parametrize(
    ("value", "worth"),
    [({}, [10, -4, 0]), ({"sum": "events.value"}, [0, 0, 7]), ({"sum": "events"}, [0, 0, 1])],
)
def test_refunds_are_no_visit_and_the_value_is_what_the_setting_adds_up(rows_of, value, worth):
    rows = rows_of(activity, value, orders=ORDERS, events=EVENTS)
    assert [(one["user_id"], one["seen"], one["bought"], one["session_id"]) for one in rows] == [
        ("a", 1, 1, None),
        ("a", 0, 0, None),
        ("b", 1, 0, "s"),
    ]
    assert [float(one["value"]) for one in rows] == worth


def test_channels_beyond_the_largest_are_one(rows_of):
    users = [(f"u{one:02}", f"c{one:02}") for one in range(LARGEST + 2)] + [("v", "c31"), ("w", None)]
    rows = rows_of(channels, orders=ORDERS, users=["user_id channel", *users])
    found = {one["user_id"]: one["channel"] for one in rows}
    assert {user for user, channel in found.items() if channel == "(other)"} == {"u29", "u30"}
    assert found["v"] == "c31" and found["w"] is None and len(found) == len(users)


def test_without_channels_of_users_every_row_has_none(rows_of):
    assert [one["channel"] for one in rows_of(channels, orders=ORDERS, events=EVENTS)] == [None, None]
    rows = rows_of(lambda sight: by_channel(sight, activity(sight)), orders=ORDERS, users=["user_id plan", ("a", "x")])
    assert [one["channel"] for one in rows] == [None, None] and rows[0]["time"] == datetime(2025, 12, 30)


def test_a_mean_of_nothing_is_null(con):
    import ibis

    table = ibis.memtable({"total": [3, 3], "count": [2, 0]})
    assert con.to_pyarrow(mean(table.total, table["count"])).to_pylist() == [1.5, None]
