"""Messages by hand, horizon 90 days. Ann got two more after the one she opened, Bob opts out, 'tired' opens none."""

import pytest

from features.catalogue.feature import parse

MESSAGES = [
    "user_id ago channel opened_ago clicked_ago opted_out_ago",
    ("ann", 90, "mail", 60, 59.5, None),  # the window's first instant
    ("ann", 91, "mail", None, None, None),
    ("ann", 70, "push", None, None, None),  # sent before the opening 60 days ago
    ("ann", 60, "mail", None, None, None),  # at its very instant
    ("ann", 50, "mail", 0, 0, 0),  # opened on the cutoff: not known yet
    ("ann", 40, "mail", None, None, None),
    ("ann", 0, "mail", 0, None, None),
    ("bob", 20, "sms", 19, None, 19),
    ("tired", 100, "mail", None, None, None),
    ("tired", 10, "mail", None, None, None),
    ("edge", 0, "mail", 0, 0, 0),
]
ORDERS = ["user_id ago amount", ("ann", 1, 1)]
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}

EXPECTED = {
    "messages_sent_90d": {"ann": 5, "bob": 1, "tired": 1} | ZERO,
    "messages_opened_90d": {"ann": 1, "bob": 1, "tired": 0} | ZERO,
    "messages_clicked_90d": {"ann": 1, "bob": 0, "tired": 0} | ZERO,
    "message_open_rate_90d": {"ann": 1 / 5, "bob": 1, "tired": 0} | NONE,
    "message_click_rate_90d": {"ann": 1 / 5, "bob": 0, "tired": 0} | NONE,
    "days_since_message": {"ann": 40, "bob": 20, "tired": 10} | NONE,
    "days_since_open": {"ann": 60, "bob": 19, "tired": None} | NONE,
    "days_since_click": {"ann": 59.5, "bob": None, "tired": None} | NONE,
    "opted_out": {"ann": False, "bob": True, "tired": False, "edge": False, "nil": False},
    "messages_unopened": {"ann": 2, "bob": 0, "tired": 2} | ZERO,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, orders=ORDERS, messages=MESSAGES)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("messages")


def test_without_openings_the_rest_is_there(features_of):
    sent = ["user_id ago channel", ("ann", 5, "mail")]
    assert features_of(["messages_sent_7d"], orders=ORDERS, messages=sent)["ann"] == {"messages_sent_7d": 1}
