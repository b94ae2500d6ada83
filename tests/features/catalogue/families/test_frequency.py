"""Frequency by hand: horizon 90 days, activity = orders. 'old' came one and two years ago, 'gone' 100 days ago."""

import math

import pytest

from features.catalogue.feature import parse

ORDERS = [
    "user_id ago amount",
    ("ann", 10, 1),  # its 10th day back
    ("ann", 10.25, 1),  # its 11th, with the next
    ("ann", 10.75, 1),
    ("ann", 20, -1),  # a refund is no activity
    ("ann", 80, 1),
    ("ann", 90, 1),  # a window holds its first instant …
    ("ann", 91, 1),
    ("ann", 0, 1),  # … and not the cutoff
    ("edge", 0, 1),
    ("edge", -1, 1),
    ("gone", 100, 1),
    *(("old", ago, 1) for ago in (275, 300, 365, 366, 640, 700, 730)),
]
EVENTS = [
    "user_id ago event",
    ("ann", 1, "view"),
    ("ann", 90, "buy"),
    ("ann", 90.5, "view"),
    ("ann", 0, "view"),
    ("edge", 0, "view"),
]


def decayed(*ago, half=90):
    return sum(2 ** (-days / half) for days in ago)


ANN = (10, 10.25, 10.75, 80, 90, 91)
OLD = (275, 300, 365, 366, 640, 700, 730)
NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}
EVERYBODY = ("ann", "edge", "gone", "nil", "old")
WINTER = 2 * math.pi * (9497 / 365.2425 - 26)  # 2026 begins 9,497 days after 2000, 26 years and this angle

EXPECTED = {
    "active_count_90d": {"ann": 5, "gone": 0, "old": 0} | ZERO,
    "active_count_180d": {"ann": 6, "gone": 1, "old": 0} | ZERO,
    "active_days_90d": {"ann": 4, "gone": 0, "old": 0} | ZERO,
    "active_total": {"ann": 6, "gone": 1, "old": 7} | ZERO,
    "active_last_year": {"ann": 0, "gone": 0, "old": 2} | ZERO,  # 365 and 300: (275, 365]
    "active_year_before_last": {"ann": 0, "gone": 0, "old": 2} | ZERO,  # 730 and 700: (640, 730]
    "streak_longest": {"ann": 2, "gone": 0, "old": 2} | ZERO,  # 10 and 11, 90 and 91; 365 and 366
    "streak_current": {"ann": 0, "gone": 0, "old": 0} | ZERO,
    "active_rate": {"ann": 6 / 91, "gone": 1 / 100, "old": 7 / 730} | NONE,
    "active_momentum_90d": {"ann": 5 / 6, "gone": 0, "old": None} | NONE,
    "order_count_90d": {"ann": 5, "gone": 0, "old": 0} | ZERO,
    "event_count_90d": {"ann": 2, "gone": 0, "old": 0} | ZERO,
    "event_count__view_90d": {"ann": 1, "gone": 0, "old": 0} | ZERO,
    "event_count__buy_90d": {"ann": 1, "gone": 0, "old": 0} | ZERO,
    "event_count__nothing_90d": {"ann": 0, "gone": 0, "old": 0} | ZERO,
    # Before 2025-10-03 only Ann (91) and 'gone' (100) had come within 180 days, and Ann came again.
    "base_churn_rate": dict.fromkeys(EVERYBODY, 1 / 2),
    "season_sin": dict.fromkeys(EVERYBODY, math.sin(WINTER)),
    "season_cos": dict.fromkeys(EVERYBODY, math.cos(WINTER)),
}
# Weights are whole numbers of 2^-32: nine digits are not to be had.
DECAYED = {
    "active_decayed_90d": {"ann": decayed(*ANN), "gone": decayed(100), "old": decayed(*OLD)} | ZERO,
    "active_decayed_rate_90d": {
        "ann": decayed(*ANN) / (1 - 2 ** (-91 / 90)),
        "gone": decayed(100) / (1 - 2 ** (-100 / 90)),
        "old": decayed(*OLD) / (1 - 2 ** (-730 / 90)),
    }
    | NONE,
    "event_decayed_90d": {"ann": decayed(1, 90, 90.5), "gone": 0, "old": 0} | ZERO,
    "event_decayed__view_90d": {"ann": decayed(1, 90.5), "gone": 0, "old": 0} | ZERO,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of([*EXPECTED, *DECAYED], orders=ORDERS, events=EVENTS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


@pytest.mark.parametrize("column", DECAYED)
def test_decay_by_hand(found, column):
    got = {user: row[column] for user, row in found.items()}
    assert got == {
        user: value if value is None else pytest.approx(value, rel=0, abs=1e-8)
        for user, value in DECAYED[column].items()
    }


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED | DECAYED} == family("frequency")


def test_short_horizons_have_windows_of_hours(features_of):
    # 7/24 is no multiple of 1/24 in floating point; the order 7 hours ago is in the window of 7 hours all the same.
    orders = ["user_id ago amount", ("ann", 5 / 24, 1), ("ann", 7 / 24, 1), ("ann", 8 / 24, 1), ("ann", 30 / 24, 1)]
    found = features_of(["active_count_7h", "active_count_21h", "active_days_2d", "order_count_7d"], 7, orders=orders)
    assert found["ann"] == {"active_count_7h": 2, "active_count_21h": 3, "active_days_2d": 2, "order_count_7d": 4}


def test_the_half_life_may_be_hours(features_of):
    found = features_of(["active_decayed_84h"], 7, orders=["user_id ago amount", ("ann", 3.5, 1), ("ann", 7, 1)])
    assert found["ann"]["active_decayed_84h"] == 1 / 2 + 1 / 4


STREAKS = [
    "user_id ago amount",
    *(("ann", ago, 1) for ago in (0.5, 1, 2, 3, 9, 10, 11, 12, 13, 0)),  # .5 and 1 are day 1
    *(("bob", ago, 1) for ago in (2, 3)),
    ("cat", 0.25, 1),
    ("dan", 0.25, -1),
    ("edge", 0, 1),
]


@pytest.mark.parametrize("horizon, hours", [(90, 24), (7, 1)], ids=["days", "hours"])
def test_streaks_are_of_days_or_of_hours(features_of, as_expected, horizon, hours):
    head, *rows = STREAKS
    rows = [(user, ago * hours / 24, amount) for user, ago, amount in rows]
    found = features_of(["streak_longest", "streak_current"], horizon, orders=[head, *rows])
    as_expected(found, "streak_longest", {"ann": 5, "bob": 2, "cat": 0, "dan": 0, "edge": 0, "nil": 0})
    as_expected(found, "streak_current", {"ann": 3, "bob": 0, "cat": 1, "dan": 0, "edge": 0, "nil": 0})
