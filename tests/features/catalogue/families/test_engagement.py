"""Engagement by hand: horizon 90 days. Ann met two items in two sessions; Bob's event has no session and no value.
'deep' goes down the funnel view, share, buy."""

import pytest

from features.catalogue.feature import parse

EVENTS = [
    "user_id ago event session_id item value",
    ("ann", 1, "view", "s", "x", 10),
    ("ann", 1.5, "view", "s", "y", None),
    ("ann", 2, "buy", "s", "x", 20),  # the same day back as the one before
    ("ann", 90, "view", "t", "x", 4),  # the window's first instant
    ("ann", 90.5, "share", "u", "z", 6),
    ("ann", 0, "like", "v", "w", 99),  # on the cutoff
    ("bob", 40, "view", None, None, None),
    ("deep", 91, "buy", "d", None, None),
    ("deep", 60, "share", "d", None, None),
    ("deep", 30.5, "share", "d", None, None),
    ("deep", 30.25, "view", "d", None, None),  # the same day back
    ("deep", 3, "like", "d", None, None),  # no step
    ("deep", 0, "buy", "d", None, None),
    ("none", 3, "like", "d", None, None),
    ("late", 91, "view", "w", "x", None),
    ("edge", 0, "view", "v", "w", 99),
]
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}

EXPECTED = {
    "event_days_90d": {"ann": 3, "bob": 1, "deep": 3, "none": 1, "late": 0} | ZERO,
    "event_days__view_90d": {"ann": 3, "bob": 1, "deep": 1, "none": 0, "late": 0} | ZERO,
    "event_kinds_90d": {"ann": 2, "bob": 1, "deep": 3, "none": 1, "late": 0} | ZERO,
    "event_items_90d": {"ann": 2, "bob": 0, "deep": 0, "none": 0, "late": 0} | ZERO,
    "event_items__buy_90d": {"ann": 1, "bob": 0, "deep": 0, "none": 0, "late": 0} | ZERO,
    "event_sessions_90d": {"ann": 2, "bob": 0, "deep": 1, "none": 1, "late": 0} | ZERO,
    "event_sessions__buy_90d": {"ann": 1, "bob": 0, "deep": 0, "none": 0, "late": 0} | ZERO,
    "event_value_90d": {"ann": 34, "bob": 0, "deep": 0, "none": 0, "late": 0} | ZERO,
    "event_value__view_90d": {"ann": 14, "bob": 0, "deep": 0, "none": 0, "late": 0} | ZERO,
    "event_value_mean": {"ann": 10, "bob": None, "deep": None, "none": None, "late": None} | NONE,
    "event_total": {"ann": 5, "bob": 1, "deep": 5, "none": 1, "late": 1} | ZERO,
    "event_total__share": {"ann": 1, "bob": 0, "deep": 2, "none": 0, "late": 0} | ZERO,
    "event_depth_90d": {"ann": 4 / 2, "bob": None, "deep": 4, "none": 1, "late": None} | NONE,
    "event_breadth_90d": {"ann": 2 / 4, "bob": 0, "deep": 0, "none": 0, "late": None} | NONE,
    "event_momentum_90d": {"ann": 4 / 5, "bob": 1, "deep": 4 / 5, "none": 1, "late": 0} | NONE,
    "event_stickiness_90d": {"ann": 3 / 4, "bob": 1, "deep": 3 / 4, "none": 1, "late": 0} | NONE,
    "event_intensity_90d": {"ann": 4 / 3, "bob": 1, "deep": 4 / 3, "none": 1, "late": None} | NONE,
    "event_share__view_90d": {"ann": 3 / 4, "bob": 1, "deep": 1 / 4, "none": 0, "late": None} | NONE,
    "funnel_deepest_90d": {"ann": 3, "bob": 1, "deep": 2, "none": 0, "late": 0} | ZERO,
    "funnel_stop": {"ann": 1, "bob": 1, "deep": 2, "none": None, "late": 1} | NONE,
}
FUNNEL = {"funnel": {"steps": ["view", "share", "buy"]}}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, settings=FUNNEL, events=EVENTS)


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
