"""The community by hand: horizon 90 days. Ann's days with a post are 5, 15 and 90; Bob is only answered."""

import pytest

from features.catalogue.feature import parse

EVENTS = [
    "user_id ago event",
    ("ann", 5, "post"),
    ("ann", 4.5, "post"),  # the same day
    ("ann", 15, "post"),
    ("ann", 90, "post"),  # the window's first instant
    ("ann", 100, "answered"),
    ("ann", 60, "answered"),
    ("ann", 2, "answered"),
    ("ann", 1, "view"),
    ("ann", 0, "post"),  # on the cutoff
    ("bob", 8, "answered"),
    ("bob", 9, None),
    ("edge", 0, "post"),
    ("edge", -1, "answered"),
]
COMMUNITY = {"community": {"post": "post", "reply": "answered"}}
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}

EXPECTED = {
    "post_count_90d": {"ann": 4, "bob": 0} | ZERO,
    "post_gap_mean": {"ann": (10 + 75) / 2, "bob": None} | NONE,
    "post_gap_last": {"ann": 10, "bob": None} | NONE,
    "reply_count_90d": {"ann": 2, "bob": 1} | ZERO,
    "replies_per_post_90d": {"ann": 2 / 4, "bob": None} | NONE,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, events=EVENTS, settings=COMMUNITY)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("community")


def test_activity_may_be_posts(features_of):
    found = features_of(["gap_mean", "post_gap_mean"], activity=["events:post"], settings=COMMUNITY, events=EVENTS)
    assert found["ann"] == {"gap_mean": 42.5, "post_gap_mean": 42.5}
