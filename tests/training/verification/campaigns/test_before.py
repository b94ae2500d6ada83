"""What was known of users before they were assigned."""

import numpy as np
import pytest

from training.verification.campaigns.assigned import campaigns
from training.verification.campaigns.before import before, compared
from training.verification.campaigns.verify import verify

ORDERS = ["user_id ago amount", (1, 30, 5), (2, 30.1, 7), (3, 0.1, 2), (3, 20, 2.5), (4, 0, 9)]
NAN = float("nan")


@pytest.fixture
def found(base_of, assigned):
    rows = [(1, 0, "c", "treatment"), (2, 0, "c", "holdout"), (3, -9, "c", "holdout"), (4, 0, "c", "treatment")]
    campaign = next(campaigns(assigned(rows)))
    active, spent = before(base_of(orders=ORDERS), campaign)
    return dict(zip(campaign.users["user_id"].to_pylist(), zip(active, spent, strict=True), strict=True))


def test_the_window_before_ends_with_the_first_assignment(found):
    assert found == {1: (1, 5), 2: (0, 0), 3: (1, 4.5), 4: (0, 0)}


def test_scores_are_compared_where_there_are_any():
    treated, nothing = np.array([True, True, False]), np.zeros(3)
    names = compared(treated, np.full(3, NAN), np.full(3, NAN), nothing, nothing)[0].names
    assert names == ("active in the window before", "log value in the window before")
    one, other = compared(treated, np.array([0.2, NAN, 0.4]), np.array([1.0, NAN, 1.0]), nothing, nothing)
    assert one.names == ("risk", "log expected value", *names, "no score")
    assert (one.sums[0], other.sums[0]) == pytest.approx((0.2 + 0.3, 0.4)) and (one.sums[-1], other.sums[-1]) == (1, 0)


def test_who_was_picked_by_what_they_bought_is_no_trial_without_any_score(base_of, assigned):
    orders = ["user_id ago amount", *((user, 5, 10) for user in range(300) if user < 200)]
    rows = [(user, 0, "c", "treatment" if user < 150 else "holdout") for user in range(300)]
    (found,) = verify(base_of(orders=orders), assigned(rows))
    assert [one.code for one in found.trial.refusals] == ["imbalance"] and found.verdict.verdict == "no trial"
