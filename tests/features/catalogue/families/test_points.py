"""Points by hand: horizon 90 days. Ann does it all, Bob claims more than the window earned, 'spender' only spends."""

import pytest

from features.catalogue.feature import parse

POINTS = [
    "user_id ago kind points",
    ("ann", 90, "earned", 100),  # the window's first instant
    ("ann", 90.5, "earned", 10),
    ("ann", 5, "earned", 0.1),
    ("ann", 4, "earned", 0.2),  # as floats, .1 and .2 are more than .3
    ("ann", 80, "claimed", 40),
    ("ann", 3.5, "claimed", 20),
    ("ann", 60, "spent", 30),
    ("ann", 100, "spent", 5),
    ("ann", 30, "expired", 25),
    ("ann", 0, "earned", 999),  # on the cutoff
    ("bob", 200, "earned", 8),
    ("bob", 10, "earned", 2),
    ("bob", 9, "claimed", 10),
    ("spender", 1, "spent", 7),
    ("edge", 0, "earned", 5),
    ("edge", -1, "spent", 5),
]
ORDERS = ["user_id ago amount", ("ann", 1, 1)]
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}

EXPECTED = {
    "points_earned_90d": {"ann": 100.3, "bob": 2, "spender": 0} | ZERO,
    "points_claimed_90d": {"ann": 60, "bob": 10, "spender": 0} | ZERO,
    "points_spent_90d": {"ann": 30, "bob": 0, "spender": 7} | ZERO,
    "points_expired_90d": {"ann": 25, "bob": 0, "spender": 0} | ZERO,
    "points_balance": {"ann": 110.3 - 35 - 25, "bob": 10, "spender": -7} | ZERO,
    "points_unclaimed_share_90d": {"ann": 1 - 60 / 100.3, "bob": 0, "spender": None} | NONE,
    "days_since_points_earned": {"ann": 4, "bob": 10, "spender": None} | NONE,
    "days_since_points_claimed": {"ann": 3.5, "bob": 9, "spender": None} | NONE,
    "days_since_points_spent": {"ann": 60, "bob": None, "spender": 1} | NONE,
    "days_since_points_expired": {"ann": 30, "bob": None, "spender": None} | NONE,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, orders=ORDERS, points=POINTS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("points")


def test_sums_are_exact(found):
    assert found["ann"]["points_earned_90d"] == 100.3 and found["ann"]["points_balance"] == 50.3
