"""Kinds of event by day."""

from datetime import timedelta

from features.boards.logs.kinds import DAYS, MOST
from tests.features.boards.conftest import AT


def test_users_and_times_are_counted_for_each_kind(board_of, day):
    events = ["user_id ago event", ("a", 1.5, "view"), ("a", 1.4, "view"), ("b", 1.3, "view"), ("b", 1.2, "cart")]
    events += [("b", DAYS + 1, "view")]
    assert board_of("kinds", events=events) == [
        {"date": day(2), "kind": "cart", "users": 1, "events": 1},
        {"date": day(2), "kind": "view", "users": 2, "events": 3},
    ]


def test_rare_kinds_are_one(board_of):
    events = [(f"u{one}", 1.5, f"kind {one:02}") for one in range(MOST + 3)] + [("u", 1.5, "kind 01")]
    rows = board_of("kinds", events=["user_id ago event", *events])
    other = {one["kind"]: one for one in rows}["(other)"]
    assert len(rows) == MOST + 1 and (other["users"], other["events"]) == (3, 3)


def test_it_counts_as_pandas_does(small):
    events = small.frames["events"]
    events = events[events.time >= AT - timedelta(days=DAYS)]
    expected = events.groupby([events.date.dt.date, "event"]).agg(
        users=("user_id", "nunique"), events=("event", "size")
    )
    made = small.made("kinds").set_index(["date", "kind"])
    assert len(made) == len(expected) and (made.loc[list(expected.index)].to_numpy() == expected.to_numpy()).all()
