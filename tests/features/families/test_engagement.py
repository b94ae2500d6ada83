"""Engagement by hand: horizon 90 days. Ann met two items in two sessions; Bob's event has no session and no value."""

import pytest

from features.feature import parse

EVENTS = [
    "user_id ago event session_id item value",
    ("ann", 1, "view", "s", "x", 10),
    ("ann", 1.5, "view", "s", "y", None),
    ("ann", 2, "buy", "s", "x", 20),  # the same day back as the one before
    ("ann", 90, "view", "t", "x", 4),  # the window's first instant
    ("ann", 90.5, "share", "u", "z", 6),
    ("ann", 0, "like", "v", "w", 99),  # on the cutoff
    ("bob", 40, "view", None, None, None),
    ("late", 91, "view", "w", "x", None),
    ("edge", 0, "view", "v", "w", 99),
]
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}

EXPECTED = {
    "event_days_90d": {"ann": 3, "bob": 1, "late": 0} | ZERO,
    "event_kinds_90d": {"ann": 2, "bob": 1, "late": 0} | ZERO,
    "event_items_90d": {"ann": 2, "bob": 0, "late": 0} | ZERO,
    "event_sessions_90d": {"ann": 2, "bob": 0, "late": 0} | ZERO,
    "event_value_90d": {"ann": 34, "bob": 0, "late": 0} | ZERO,
    "event_value_mean": {"ann": 10, "bob": None, "late": None} | NONE,
    "event_total": {"ann": 5, "bob": 1, "late": 1} | ZERO,
    "event_depth_90d": {"ann": 4 / 2, "bob": None, "late": None} | NONE,
    "event_breadth_90d": {"ann": 2 / 4, "bob": 0, "late": None} | NONE,
    "event_momentum_90d": {"ann": 4 / 5, "bob": 1, "late": 0} | NONE,
    "event_stickiness_90d": {"ann": 3 / 4, "bob": 1, "late": 0} | NONE,
    "event_intensity_90d": {"ann": 4 / 3, "bob": 1, "late": None} | NONE,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, events=EVENTS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("engagement")


def test_short_horizons_have_windows_of_hours(features_of):
    events = ["user_id ago", ("ann", 7 / 24), ("ann", 14 / 24), ("ann", 30 / 24)]
    names = ["event_momentum_7h", "event_days_42h", "event_stickiness_21h", "event_intensity_42h"]
    found = features_of(names, 7, events=events)["ann"]
    # 7 hours: one event of two; 42 hours: two days; 21 hours: one day of the two in 84; 42 hours: three events on two.
    assert found == dict(zip(names, (1 / 2, 2, 1 / 2, 3 / 2), strict=True))
