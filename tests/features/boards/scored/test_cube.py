"""The cube: every user once, sums by all that users are grouped by, and who may be written to."""

import pytest

from features.boards.scored.cube import BY, SUMS

USERS = ["user_id consent_marketing", ("a", True), ("b", True), ("c", None), ("d", True)]
MESSAGES = ["user_id ago channel opted_out_ago", ("b", 9, "sms", 8), ("d", 9, "sms", -1)]
ORDERS = ["user_id ago amount", ("a", 1, 1)]


def row(user, risk, stage="active", eligible=True):
    text = {"stage": stage, "stage_before": None, "risk_band": "low", "stay_tier": "mid", "value_tier": "mid"}
    return {"user_id": user, "eligible": eligible, "level": "gold", **text} | dict.fromkeys(SUMS, risk)


def test_users_scores_and_consents_are_added_up(board_of):
    scored = [row("a", 0.1), row("b", 0.2), row("c", None, eligible=False), row("d", 0.7, stage="new")]
    found = board_of("cube", orders=ORDERS, users=USERS, messages=MESSAGES, scored=scored)
    names = ("stage", "users", "scored", "contactable", "churn_risk")
    assert [tuple(one[name] for name in names) for one in found] == [
        ("active", 3, 2, 1, pytest.approx(0.3)),
        ("new", 1, 1, 1, 0.7),
    ]


def test_without_consents_nobody_may_be_written_to(board_of):
    found = board_of("cube", orders=ORDERS, users=["user_id plan", ("a", "plus")], scored=[row("a", 0.1)])
    assert [one["contactable"] for one in found] == [0]


def test_the_consent_is_the_one_that_the_policy_names(board_of):
    settings = {"contact": {"consent": "users.plan"}}
    with pytest.raises(Exception, match="plan"):  # a text is none
        board_of("cube", settings, orders=ORDERS, users=["user_id plan", ("a", "plus")], scored=[row("a", 0.1)])


def test_it_adds_up_as_pandas_does(small):
    rows, users, messages = (small.frames[name] for name in ("scored", "users", "messages"))
    agreed = set(users.user_id[users.consent_marketing]) - set(messages.user_id[messages.opted_out_at.notna()])
    rows = rows.assign(reach=rows.user_id.isin(agreed), level="", stage_before=rows.stage_before.fillna(""))
    found = small.made("cube").fillna({"level": "", "stage_before": ""}).set_index(list(BY))
    groups = rows.groupby(list(BY))
    assert len(found) == len(groups) > 100
    assert found.users.sort_index().tolist() == groups.size().tolist()
    assert found.contactable.sort_index().tolist() == groups.reach.sum().tolist()
    for name in SUMS:
        assert found[name].sort_index().tolist() == pytest.approx(groups[name].sum().tolist(), abs=1e-5)
