"""Feedback by hand: horizon 90 days. Ann complains and rates, Bob waits for an answer, 'tie' rates twice at once."""

import pytest

from features.catalogue.feature import parse

FEEDBACK = [
    "user_id ago kind score resolved_ago",
    ("ann", 90, "complaint", None, 88),  # the window's first instant
    ("ann", 91, "complaint", None, 90.5),
    ("ann", 20, "ticket", None, 0),  # resolved on the cutoff: not known yet
    ("ann", 15, "ticket", None, 14),
    ("ann", 30, "survey", 9, 29.75),  # nobody waits for the answer to a survey
    ("ann", 10, "survey", 4, None),
    ("ann", 5, "survey", None, None),
    ("ann", 0, "complaint", 1, None),
    ("bob", 3, "complaint", None, None),
    ("bob", 2, "ticket", None, None),
    ("tie", 7, "survey", 0.2, None),
    ("tie", 7, "survey", 0.1, None),
    ("edge", 0, "complaint", 1, None),
]
ORDERS = ["user_id ago amount", ("ann", 1, 1)]
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}

EXPECTED = {
    "complaints_90d": {"ann": 1, "bob": 1, "tie": 0} | ZERO,
    "days_since_complaint": {"ann": 90, "bob": 3, "tie": None} | NONE,
    "score_mean": {"ann": 6.5, "bob": None, "tie": 0.15} | NONE,
    "score_last": {"ann": 4, "bob": None, "tie": 0.1} | NONE,
    "open_tickets": {"ann": 1, "bob": 1, "tie": 0} | ZERO,
    "open_complaints": {"ann": 0, "bob": 1, "tie": 0} | ZERO,
    "response_days": {"ann": (2 + 0.5 + 1) / 3, "bob": None, "tie": None} | NONE,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, orders=ORDERS, feedback=FEEDBACK)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("feedback")
