"""Profiles by hand. The cutoff is 2026-01-01; Ann changed her plan 10 days ago and will again tomorrow."""

from datetime import date

import pytest

from features.catalogue.feature import parse

USERS = [
    "user_id ago signup_ago channel plan region consent_marketing birthday",
    ("ann", None, 400.5, "ads", "free", "north", True, date(1990, 1, 1)),  # valid always
    ("ann", 30, 400.5, "ads", "trial", "north", False, date(1990, 1, 1)),
    ("ann", 10, 400.5, "ads", "plus", "北方", True, date(1990, 1, 31)),
    ("ann", 0, 400.5, "web", "gold", "south", False, date(1990, 2, 2)),  # on the cutoff
    ("bob", 5, 0, None, None, None, None, None),  # signs up on the cutoff
    ("leap", 5, None, "ads", "free", "north", False, date(2000, 2, 29)),
    ("late", 5, 1, "ads", "free", "north", True, date(1980, 12, 31)),
    ("edge", 0, 9, "ads", "free", "north", True, date(1990, 1, 1)),
]
ORDERS = ["user_id ago amount", ("ann", 1, 1)]
NONE = {"bob": None, "edge": None, "nil": None}
NO = {"bob": False, "edge": False, "nil": False}

EXPECTED = {
    "days_since_signup": {"ann": 400.5, "leap": None, "late": 1} | NONE,
    "days_to_birthday": {"ann": 30, "leap": 58, "late": 364} | NONE,  # 2026 has no 29 February: the 28th
    "birthday_within_30d": {"ann": True, "leap": False, "late": False} | NONE,
    "channel": {"ann": "ads", "leap": "ads", "late": "ads"} | NONE,
    "plan": {"ann": "plus", "leap": "free", "late": "free"} | NONE,
    "region": {"ann": "北方", "leap": "north", "late": "north"} | NONE,
    "consent_marketing": {"ann": True, "leap": False, "late": True} | NO,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, orders=ORDERS, users=USERS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, column):
    assert {user: row[column] for user, row in found.items()} == EXPECTED[column]


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("profile")


def test_a_birthday_on_the_day_is_in_no_days(features_of):
    users = ["user_id birthday", ("ann", date(1990, 1, 1))]
    found = features_of(["days_to_birthday", "birthday_within_1d"], orders=ORDERS, users=users)
    assert found["ann"] == {"days_to_birthday": 0, "birthday_within_1d": True}
