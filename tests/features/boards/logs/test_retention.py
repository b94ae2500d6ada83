"""Cohorts: who came back, bought again and brought what, month by month or week by week."""

from datetime import date

import pandas as pd
import pytest

USERS = ["user_id channel", ("a", "ads"), ("b", "ads"), ("c", "ads")]
# The cutoff is the first of January 2026. November has the days 61 to 32 before it, December 31 to 1.
ORDERS = ["user_id ago amount", ("a", 50.5, 10), ("a", 45.5, 5), ("a", 20.5, 20), ("b", 40.5, 30), ("b", 10.5, -30)]


def test_months_of_a_cohort(board_of):
    events = ["user_id ago event", ("c", 33.5, "view"), ("c", 3.5, "view")]
    found = board_of("retention", orders=ORDERS, events=events, users=USERS)
    same = {"date": date(2025, 11, 1), "channel": "ads", "users": 3}
    third = pytest.approx(1 / 3)
    assert found == [
        same
        | {"period": 0, "retained": 3, "retention": 1, "repurchased": 1, "repurchase": third}
        | {"value": 45, "value_so_far": 45, "per_user": 15},
        same
        | {"period": 1, "retained": 2, "retention": pytest.approx(2 / 3), "repurchased": 1, "repurchase": third}
        | {"value": -10, "value_so_far": 35, "per_user": pytest.approx(35 / 3)},
    ]


def test_weeks_where_the_horizon_is_short_and_a_week_without_anybody_has_a_row(board_of):
    # The 31st of December 2025 is a Wednesday: the last week that is over begins on the 22nd.
    orders = ["user_id ago amount", ("a", 31.5, 10), ("a", 10.5, 5), ("a", 1.5, 7)]
    rows = board_of("retention", {"horizon": 7}, orders=orders)
    assert [one["date"] for one in rows] == [date(2025, 11, 24)] * 5
    assert [one["retained"] for one in rows] == [1, 0, 0, 0, 0] or [one["retained"] for one in rows] == [1, 0, 0, 1, 0]
    assert rows[-1]["value_so_far"] == 15


def test_it_counts_as_pandas_does(small, visits):
    rows = visits.assign(month=visits.time.dt.year * 12 + visits.time.dt.month - 1, money=visits.amount.astype(float))
    rows = rows.sort_values("time", kind="stable")
    rows["cohort"] = rows.groupby("user_id").month.transform("min")
    bought = rows.bought == 1
    rows["again"] = bought & (rows[bought].groupby("user_id").cumcount() > 0).reindex(rows.index, fill_value=False)
    rows = rows[rows.month < 2025 * 12 + 11]  # the month of AT is not over
    cohorts = rows.groupby(["cohort", "channel"]).user_id.nunique()
    made, checked = small.made("retention"), 0
    for one in made.to_dict("records"):
        cohort = one["date"].year * 12 + one["date"].month - 1
        of = rows[(rows.cohort == cohort) & (rows.channel == one["channel"])]
        month = of[of.month == cohort + one["period"]]
        assert one["users"] == cohorts[cohort, one["channel"]]
        assert (one["retained"], one["repurchased"]) == (month.user_id.nunique(), month.user_id[month.again].nunique())
        assert one["value_so_far"] == pytest.approx(of.money[of.month <= cohort + one["period"]].sum())
        checked += len(month)
    assert checked == len(rows)
    assert pd.Series(made.date).nunique() == rows.cohort.nunique()
