"""Users by tag: each user in every tag that they have."""

import pytest

USERS = ["user_id consent_marketing", ("a", True), ("b", None), ("c", True)]
ORDERS = ["user_id ago amount", ("a", 1, 1)]


def row(user, tags, risk):
    return {"user_id": user, "eligible": risk is not None, "tags": tags, "churn_risk": risk, "value_at_stake": risk}


def test_a_user_counts_in_each_of_their_tags(board_of):
    scored = [row("a", ["vip", "new"], 0.5), row("b", ["vip"], None), row("c", [], 0.25), row("d", None, 0.25)]
    vip = {"users": 2, "scored": 1, "contactable": 1, "churn_risk": 0.5, "value_at_stake": 0.5}
    assert board_of("tags", orders=ORDERS, users=USERS, scored=scored) == [
        {"tag": "new"} | vip | {"users": 1},
        {"tag": "vip"} | vip,
    ]


def test_it_adds_up_as_pandas_does(small):
    rows = small.frames["scored"].explode("tags").dropna(subset="tags")
    expected = rows.groupby("tags").agg(
        users=("user_id", "size"), risk=("churn_risk", "sum"), scored=("eligible", "sum")
    )
    made = small.made("tags").set_index("tag")
    assert made.users.to_dict() == expected.users.to_dict() and len(made) == 3
    assert made.scored.tolist() == expected.scored.tolist()
    assert made.churn_risk.tolist() == pytest.approx(expected.risk.tolist(), abs=1e-5)
