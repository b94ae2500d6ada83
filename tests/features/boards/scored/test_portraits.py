"""Users of a stage by what the users table says of them."""

import pytest

from features.boards.scored.portraits import ATTRIBUTES, MOST

ORDERS = ["user_id ago amount", ("a", 1, 1)]


def row(user, stage="active", stake=1.0):
    return {"user_id": user, "stage": stage, "value_at_stake": stake}


def test_users_and_stakes_by_value_of_each_attribute(board_of):
    users = ["user_id channel plan", ("a", "ads", "plus"), ("b", "ads", None)]
    scored = [row("a"), row("b", stake=2.5), row("c", "new", None)]
    found = board_of("portraits", orders=ORDERS, users=users, scored=scored)
    assert [tuple(one.values()) for one in found] == [
        ("channel", "ads", "active", 2, 3.5),
        ("channel", None, "new", 1, 0),
        ("plan", "plus", "active", 1, 1),
        ("plan", None, "active", 1, 2.5),
        ("plan", None, "new", 1, 0),
    ]


def test_rare_values_are_one(board_of):
    users = [(f"u{one:02}", f"r{one:02}") for one in range(MOST + 4)]
    found = board_of(
        "portraits", orders=ORDERS, users=["user_id region", *users], scored=[row(user) for user, _ in users]
    )
    assert len(found) == MOST + 1 and {one["value"]: one["users"] for one in found}["(other)"] == 4


def test_it_adds_up_as_pandas_does(small):
    rows = small.frames["scored"].merge(small.frames["users"], on="user_id", suffixes=("", "_"))
    made = small.made("portraits")
    for name in ATTRIBUTES:
        expected = rows.groupby([name, "stage"]).agg(users=("user_id", "size"), stake=("value_at_stake", "sum"))
        found = made[made.attribute == name].set_index(["value", "stage"])
        assert found.users.to_dict() == expected.users.to_dict() and len(found) > 4
        assert found.value_at_stake.sort_index().tolist() == pytest.approx(expected.stake.tolist())
