"""Messages by how many the user had been sent shortly before."""

import pandas as pd

from features.boards.logs.fatigue import BEFORE, STEPS

ORDERS = ["user_id ago amount", ("a", 1, 1)]


def test_a_message_has_those_of_the_days_before_it(board_of):
    # Exactly so many days before still counts, a little more does not; of other users nothing does.
    messages = ["user_id ago channel opened_ago", ("a", 80, "sms", 79), ("a", 80 - BEFORE, "sms", None)]
    messages += [("a", 19.5, "sms", 19), ("b", 19.5, "sms", None), ("b", 19.4, "sms", None), ("b", 19.3, "sms", 1)]
    found = {one["before"]: one for one in board_of("fatigue", orders=ORDERS, messages=messages)}
    assert {band: (one["sent"], one["opened"]) for band, one in found.items()} == {0: (3, 2), 1: (2, 0), 2: (1, 1)}
    assert found[2]["open_rate"] == 1 and found[2]["opted_out"] is None


def test_messages_of_one_moment_have_an_order(board_of):
    messages = ["user_id ago channel opened_ago", ("a", 5, "sms", 4), ("a", 5, "sms", None), ("a", 5, "push", None)]
    found = board_of("fatigue", orders=ORDERS, messages=messages)
    assert [(one["before"], one["sent"], one["opened"]) for one in found] == [(0, 1, 0), (1, 1, 0), (2, 1, 1)]


def test_it_counts_as_pandas_does(small):
    rows = small.frames["messages"]
    before = []
    for user, time in zip(rows.user_id, rows.time, strict=True):
        near = rows[(rows.user_id == user) & (rows.time < time) & (rows.time >= time - pd.Timedelta(days=BEFORE))]
        before.append(max([0, *(step for step in STEPS if step <= len(near))]))
    expected = rows.groupby(before).agg(
        sent=("user_id", "size"), opened=("opened_at", "count"), out=("opted_out_at", "count")
    )
    made = small.made("fatigue").set_index("before")
    assert made[["sent", "opened", "opted_out"]].to_numpy().tolist() == expected.to_numpy().tolist()
    assert made.index.tolist() == expected.index.tolist() and len(made) > 1
