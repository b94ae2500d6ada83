"""From sign-up to invitation."""

from datetime import date, timedelta

import pandas as pd
import pytest

from features.boards.logs.aarrr import FIRST, MONTH


def test_the_steps_of_who_signed_up_in_a_month(board_of):
    # October 2025 has the days 92 to 62 before the cutoff, November 61 to 32, December 31 to 1.
    users = ["user_id channel signup_ago invited_by", ("a", "ads", 80.5, None), ("b", "ads", 79.5, "a")]
    users += [("c", "ads", 40.5, "a"), ("d", "ads", 5.5, "a"), ("e", "ads", -3, "a")]
    events = ["user_id ago event", ("a", 80.4, "view"), ("b", 79.5 - FIRST, "view"), ("b", 79.5 - MONTH, "view")]
    orders = ["user_id ago amount", ("a", 80.5 - MONTH + 1, 30), ("a", 80.5 - MONTH, 99), ("a", 80.4 - MONTH + 1, -10)]
    orders += [("c", 40.3, 8)]
    october, november, december = board_of("aarrr", users=users, events=events, orders=orders)
    expected = {"acquired": 2, "activated": 1, "retained": 2, "paying": 1, "revenue": 20, "invited": 1, "inviters": 1}
    expected |= {"brought": 3, "activation": 0.5, "retention": 1, "conversion": 0.5, "k": 1.5}
    assert october == {"date": date(2025, 10, 1), "channel": "ads"} | expected
    # Who signed up at the end of November has had the 30 days by the first of January.
    assert (november["acquired"], november["activated"], november["paying"], november["k"]) == (1, 1, 1, 0)
    early = ("activated", "retained", "paying", "revenue", "activation", "retention", "conversion")
    assert [december[name] for name in early] == [None] * len(early)
    assert (december["acquired"], december["invited"]) == (1, 1)


def test_without_users_the_first_order_is_the_sign_up_and_nobody_is_known_to_invite(board_of):
    orders = ["user_id ago amount", ("a", 80.5, 30), ("a", 70.5, 5)]
    (row,) = board_of("aarrr", orders=orders)
    assert (row["acquired"], row["activated"], row["retained"], row["revenue"]) == (1, 1, 1, 35)
    assert (row["channel"], row["invited"], row["inviters"], row["brought"], row["k"]) == (None,) * 5


def test_it_counts_as_pandas_does(small, visits):
    users = small.frames["users"].assign(day=lambda frame: frame.signup_time.dt.normalize())
    rows = visits.merge(users[["user_id", "day"]], on="user_id")
    rows["after"] = (rows.date - rows.day).dt.days
    rows["money"] = rows.amount.astype(float)
    rows = rows[(rows.after >= 0) & (rows.after < MONTH)]
    hosts = users.invited_by.dropna()
    made = small.made("aarrr").set_index(["date", "channel"])
    groups = users[users.day < pd.Timestamp(2025, 12, 1)].groupby([users.day.dt.strftime("%Y-%m"), "channel"])
    assert len(made) == len(groups)
    for (month, channel), of in groups:
        one, first = made.loc[(date.fromisoformat(f"{month}-01"), channel)], rows[rows.user_id.isin(of.user_id)]
        names = set(of.user_id.astype(str))
        assert (one.acquired, one.invited) == (len(of), of.invited_by.count())
        assert (one.inviters, one.brought) == (len(names & set(hosts)), hosts.isin(names).sum())
        over = (pd.Timestamp(f"{month}-01") + pd.offsets.MonthBegin() + timedelta(days=MONTH - 2)).date()
        if over <= date(2025, 12, 9):
            assert one.activated == first.user_id[first.after < FIRST].nunique()
            assert one.retained == first.user_id[first.after >= FIRST].nunique()
            assert (one.paying, one.revenue) == (
                first.user_id[first.bought == 1].nunique(),
                pytest.approx(first.money.sum()),
            )
        else:
            assert pd.isna(one.retained) and pd.isna(one.revenue)
