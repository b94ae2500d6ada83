"""Complaints, surveys and tickets by week."""

from datetime import date

import pandas as pd
import pytest

ORDERS = ["user_id ago amount", ("a", 1, 1)]


def test_what_is_open_and_how_long_it_took(board_of):
    # The 29th of December 2025 is a Monday.
    rows = ["user_id ago kind score resolved_ago responded_ago", ("a", 2.5, "ticket", None, 0.5, 2.25)]
    rows += [
        ("a", 2.5, "ticket", None, None, None),
        ("b", 1.5, "ticket", None, -1, 1.0),
        ("b", 1.5, "survey", 8, None, None),
    ]
    rows += [("c", 1.5, "survey", 9.5, None, None), ("c", 5.5, "complaint", None, 3.5, None)]
    found = board_of("feedback", orders=ORDERS, feedback=rows)
    names = ("date", "kind", "received", "users", "answered", "solved", "open", "response_days", "solving_days")
    assert [tuple(one[name] for name in (*names, "scores", "score")) for one in found] == [
        (date(2025, 12, 22), "complaint", 1, 1, 1, 1, 0, 2, 2, 0, None),
        (date(2025, 12, 29), "survey", 2, 2, 0, 0, None, None, None, 2, 8.75),
        (date(2025, 12, 29), "ticket", 3, 2, 2, 1, 2, 0.375, 2, 0, None),
    ]


def test_a_table_without_answers_counts_solutions_and_one_without_both_leaves_all_open(board_of):
    (row,) = board_of("feedback", orders=ORDERS, feedback=["user_id ago kind resolved_ago", ("a", 2.5, "ticket", 0.5)])
    assert (row["answered"], row["response_days"]) == (1, 2)
    (row,) = board_of("feedback", orders=ORDERS, feedback=["user_id ago kind", ("a", 2.5, "ticket")])
    assert (row["open"], row["answered"], row["solving_days"], row["score"]) == (1, 0, None, None)


def test_it_counts_as_pandas_does(small):
    rows = small.frames["feedback"]
    week = rows.date - pd.to_timedelta(rows.date.dt.weekday, unit="D")
    answered = rows.responded_at.fillna(rows.resolved_at)
    rows = rows.assign(
        week=week.dt.date,
        answered=answered,
        response=(answered - rows.time) / pd.Timedelta(days=1),
        solving=(rows.resolved_at - rows.time) / pd.Timedelta(days=1),
    )
    made = small.made("feedback").set_index(["date", "kind"])
    groups = rows.groupby(["week", "kind"])
    assert len(made) == len(groups)
    for (week, kind), of in groups:
        one = made.loc[(week, kind)]
        assert (one.received, one.users, one.answered) == (len(of), of.user_id.nunique(), of.answered.count())
        assert one.solved == of.resolved_at.count()
        pairs = {one.response_days: of.response, one.solving_days: of.solving, one.score: of.score}
        for found, expected in pairs.items():
            assert found == pytest.approx(expected.mean(), nan_ok=True)
