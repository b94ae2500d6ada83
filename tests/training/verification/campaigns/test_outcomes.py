"""What came after an assignment, of rows that can be counted by hand."""

import pytest

from features.errors import BadInput
from training.verification.campaigns.assigned import campaigns
from training.verification.campaigns.outcomes import best_first, outcomes, planned_move, stages

ORDERS = [
    "user_id ago amount",
    ("a", 0, 5),  # at the assignment: within the window
    ("b", -29.9, 7),
    ("c", -30, 9),  # a moment too late
    ("d", -3, 4),  # of the second moment: from -10 on
    ("e", -12, 3),
    ("e", -39.9, 2.5),
]


@pytest.fixture
def campaign(assigned):
    rows = [("a", 0, "c", "treatment"), ("b", 0, "c", "holdout"), ("c", 0, "c", "holdout")]
    rows += [("d", -10, "c", "treatment"), ("e", -10, "c", "holdout"), ("nil", -10, "c", "holdout")]
    return next(campaigns(assigned(rows)))


def test_churn_and_value_count_from_each_users_own_assignment(campaign, base_of):
    base = base_of(orders=ORDERS)
    churned, value = outcomes(base, campaign, base.tables.observed_until)
    users = campaign.users["user_id"].to_pylist()
    assert dict(zip(users, churned, strict=True)) == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 0, "nil": 1}
    assert dict(zip(users, value, strict=True)) == {"a": 5, "b": 7, "c": 0, "d": 0, "e": 5.5, "nil": 0}


def test_a_window_that_is_open_is_refused(campaign, base_of):
    base = base_of(ahead=39, orders=ORDERS)
    with pytest.raises(BadInput, match="after the logs end"):
        outcomes(base, campaign, base.tables.observed_until)


def test_stages_are_told_at_the_assignment_and_one_horizon_later(assigned, base_of):
    base = base_of(orders=["user_id ago amount", ("old", 300, 5), ("old", 290, 5), ("back", 300, 5), ("back", -20, 5)])
    rows = [("old", 0, "c", "treatment"), ("back", 0, "c", "holdout"), ("stranger", 0, "c", "holdout")]
    campaign = next(campaigns(assigned(rows)))
    before, after = stages(base, campaign)
    places = {user: at for at, user in enumerate(campaign.users["user_id"].to_pylist())}
    assert before[places["back"]].startswith("lapsed") and not after[places["back"]].startswith("lapsed")
    assert before[places["old"]].startswith("lapsed") and after[places["old"]].startswith("lapsed")


def test_up_is_towards_loyal_and_a_teams_own_stages_follow(config_of):
    assert best_first(["lapsed_1", "ours", "loyal", "active"]) == ["loyal", "active", "lapsed_1", "ours"]
    names = [stage.name for stage in config_of().ladders[-1].stages]
    assert sorted(best_first(names)) == sorted(names)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [("churn", None), ("value", None), ("lapsed_1 -> active", ("lapsed_1", "active")), ("a->b", ("a", "b"))],
)
def test_a_planned_move_names_two_stages(goal, expected):
    assert planned_move(goal, ["a", "b", "active", "lapsed_1"]) == expected


def test_a_move_between_stages_that_are_gone_is_refused_by_name():
    with pytest.raises(BadInput, match="no stage 'gone' any more; there are: active"):
        planned_move("gone -> active", ["active"])
