"""Recency by hand. Ann bought 10 and 400 days ago, Bob only got a refund, Cat only looked around."""

import pytest

from features.catalogue.feature import parse

ORDERS = [
    "user_id ago amount",
    ("ann", 10, 30),
    ("ann", 400, 5),
    ("ann", 0, 9),  # on the cutoff: not in the past
    ("ann", -3, 9),
    ("bob", 5, -30),
    ("edge", 0, 9),
]
EVENTS = [
    "user_id ago event",
    ("ann", 2, "view"),
    ("cat", 7.5, "view"),
    ("cat", 20, "加购"),
    ("ann", 9, None),
    ("edge", 0, "加购"),
]

EXPECTED = {
    "days_since_active": {"ann": 10, "bob": None, "cat": None, "edge": None, "nil": None},
    "tenure_days": {"ann": 400, "bob": None, "cat": None, "edge": None, "nil": None},
    "arrival_days": {"ann": 0, "bob": None, "cat": None, "edge": None, "nil": None},
    "tenure_share": {"ann": 1, "bob": None, "cat": None, "edge": None, "nil": None},
    "days_since_order": {"ann": 10, "bob": None, "cat": None, "edge": None, "nil": None},
    "days_since_event": {"ann": 2, "bob": None, "cat": 7.5, "edge": None, "nil": None},
    "days_since_event__view": {"ann": 2, "bob": None, "cat": 7.5, "edge": None, "nil": None},
    "days_since_event__加购": {"ann": None, "bob": None, "cat": 20, "edge": None, "nil": None},
    "days_since_return_90d": {"ann": 10, "bob": None, "cat": None, "edge": None, "nil": None},
    "days_since_return_391d": {"ann": None, "bob": None, "cat": None, "edge": None, "nil": None},
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, orders=ORDERS, events=EVENTS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("recency")


def test_activity_is_what_the_configuration_counts(features_of):
    found = features_of(["days_since_active", "tenure_days"], activity=["events"], orders=ORDERS, events=EVENTS)
    assert found["cat"] == {"days_since_active": 7.5, "tenure_days": 20}
    assert found["ann"] == {"days_since_active": 2, "tenure_days": 9}


def test_hours_are_parts_of_days(features_of):
    found = features_of(["days_since_order"], horizon=7, orders=["user_id ago amount", ("ann", 5 / 24, 1)])
    assert found["ann"]["days_since_order"] == 5 / 24


def test_who_came_after_the_logs_began_arrived_so_much_later_up_to_two_horizons(features_of):
    orders = ["user_id ago amount", ("first", 400, 1), ("soon", 300, 1), ("soon", 5, 1), ("late", 100, 1)]
    found = features_of(["arrival_days", "tenure_share"], horizon=90, orders=orders)
    assert found["soon"] == {"arrival_days": 100, "tenure_share": 0.75}
    assert found["late"] == {"arrival_days": 180, "tenure_share": 0.25}
