"""Who was there by day: counted as written by hand, and as pandas counts the sets of users of every window."""

import pandas as pd
import pytest

from features.boards.logs.traffic import DAYS, MONTH, WEEK
from tests.features.boards.conftest import AT


def test_users_are_new_once_and_stay_in_the_week_and_the_month_for_their_days(board_of, day):
    events = ["user_id ago event session_id", ("a", 40.5, "view", "s1"), ("a", 40.4, "view", "s1")]
    events += [("a", 8.5, "view", "s2"), ("b", 8.5, "view", None), ("b", 2.5, "view", "s3")]
    orders = ["user_id ago amount", ("b", 2.4, 10), ("c", 1.5, 10), ("c", 1.4, -10)]
    users = ["user_id channel", ("a", "ads"), ("b", "ads"), ("c", None)]
    rows = {
        (one["date"], one["channel"]): one for one in board_of("traffic", events=events, orders=orders, users=users)
    }
    first, later = rows[day(41), "ads"], rows[day(9), "ads"]
    assert (first["active"], first["new"], first["sessions"], first["events"], first["orders"]) == (1, 1, 1, 2, 0)
    assert (later["active"], later["new"], later["returning"], later["sessions"]) == (2, 1, 1, 1)
    assert (rows[day(35), "ads"]["week"], rows[day(34), "ads"]["week"], rows[day(34), "ads"]["month"]) == (1, 0, 1)
    assert rows[day(11), "ads"]["month"] == 0 and rows[day(11), "ads"]["stickiness"] is None
    last = rows[day(1), "ads"]
    assert (last["active"], last["week"], last["month"], last["stickiness"]) == (0, 1, 2, 0)
    assert (rows[day(3), "ads"]["orders"], rows[day(3), "ads"]["events"]) == (1, 1)
    assert rows[day(2), None]["orders"] == 1 and rows[day(2), None]["new"] == 1 and (day(41), None) not in rows


def test_the_days_are_those_of_the_projects_zone(board_of, day):
    orders = ["user_id ago amount", ("a", 3.01, 10)]  # before midnight UTC, after it in Shanghai
    rows = board_of("traffic", {"project": {"timezone": "Asia/Shanghai"}}, orders=orders)
    assert [one["date"] for one in rows if one["active"]] == [day(3)]


def test_only_the_last_days_are_told_and_who_came_before_is_not_new(board_of, day):
    orders = ["user_id ago amount", ("a", DAYS + 100.5, 10), ("a", DAYS + 9.5, 10), ("a", 5.5, 10)]
    rows = board_of("traffic", orders=orders)
    assert rows[0]["date"] == day(DAYS) and len(rows) == DAYS and rows[0]["month"] == 1
    assert sum(one["new"] for one in rows) == 0 and sum(one["active"] for one in rows) == 1


def test_it_counts_as_sets_of_users_do(small, visits):
    made = small.made("traffic").set_index(["date", "channel"])
    first = visits.groupby("user_id").date.min()
    for ago in (1, 2, 15, 60, 120):
        day = pd.Timestamp(AT) - pd.Timedelta(days=ago)
        for channel, rows in visits.groupby("channel"):
            found = made.loc[(day.date(), channel)]
            there = {
                days: set(rows.user_id[(rows.date <= day) & (rows.date > day - pd.Timedelta(days=days))])
                for days in (1, WEEK, MONTH)
            }
            assert (found.active, found.week, found.month) == tuple(map(len, there.values()))
            assert found.new == sum(first[user] == day for user in there[1])
            today = rows[rows.date == day]
            assert (found.orders, found.events) == (today.bought.sum(), len(today) - today.bought.sum())
            assert found.sessions == today.session_id.nunique()
            assert found.stickiness == pytest.approx(found.active / found.month)
    assert made.active.sum() == len(visits[["user_id", "date"]].drop_duplicates())
