"""Rhythm by hand: horizon 90 days, activity = orders.

Ann's active days are 15, 25, 45 and 75: gaps of 10, 20 and 30 days, now silent for 15. 'slow' has gaps of 100 and 10
and was here yesterday; 'once' and 'gone' came on one day each. Gaps of everybody: 60 + 110 days in 3 + 2 gaps, mean 34.
Before 2025-10-03 'slow' (101) and 'gone' (120) had come within 180 days and 'gone' never again: half of them churned.
"""

import pytest

from features.catalogue.feature import parse

ORDERS = [
    "user_id ago amount",
    ("ann", 14.5, 1),
    ("ann", 14.25, 1),  # the same day again: no gap
    ("ann", 25, 1),
    ("ann", 45, 1),
    ("ann", 75, 1),
    ("ann", 0, 1),  # on the cutoff
    ("slow", 1, 1),
    ("slow", 101, 1),
    ("slow", 111, 1),
    ("once", 2, 1),
    ("gone", 120, 1),
    ("edge", 0, 1),
]
SPREAD = (1400 / 3 - 20**2) ** 0.5
SLOW = (10_100 / 2 - 55**2) ** 0.5
NONE = {"once": None, "gone": None, "edge": None, "nil": None}
ZERO = dict.fromkeys(NONE, 0)

EXPECTED = {
    "gap_mean": {"ann": 20, "slow": 55} | NONE,
    "gap_median": {"ann": 20, "slow": 55} | NONE,
    "gap_longest": {"ann": 30, "slow": 100} | NONE,
    "gap_last": {"ann": 10, "slow": 100} | NONE,
    "gap_count": {"ann": 3, "slow": 2} | ZERO,
    "gap_square_mean": {"ann": 1400 / 3, "slow": 10_100 / 2} | NONE,
    "gaps_longer": {"ann": 2, "slow": 2} | ZERO,  # than 15 days; than 1 day
    "gaps_ended_in_time": {"ann": 2, "slow": 1} | ZERO,  # at most 15 + 90 days; at most 1 + 90
    "gap_spread": {"ann": SPREAD, "slow": SLOW} | NONE,
    "gap_regularity": {"ann": SPREAD / 20, "slow": SLOW / 55} | NONE,
    "gap_last_ratio": {"ann": 1 / 2, "slow": 100 / 55} | NONE,
    "gap_shrunk": {"ann": (60 + 68) / 5, "slow": (110 + 68) / 4} | dict.fromkeys(NONE, 34),
    "silence_ratio": {"ann": 14.25 / 20, "slow": 1 / 55} | NONE,
    "silence_to_median": {"ann": 14.25 / 20, "slow": 1 / 55} | NONE,
    "silence_to_longest": {"ann": 14.25 / 30, "slow": 1 / 100} | NONE,
    "silence_to_shrunk": {"ann": 14.25 / 25.6, "slow": 1 / 44.5} | NONE | {"once": 2 / 34, "gone": 120 / 34},
    "silence_score": {"ann": (14.25 - 20) / (SPREAD + 1), "slow": (1 - 55) / (SLOW + 1)} | NONE,
    "gaps_longer_share": {"ann": 2 / 3, "slow": 1} | NONE,
    "return_share": {"ann": 1, "slow": 1 / 2} | NONE,
    "return_share_shrunk": {"ann": 2.5 / 3, "slow": 1.5 / 3} | dict.fromkeys(NONE, 1 / 2),
    "silence_share": {"ann": 14.25 / 75, "slow": 1 / 111} | NONE | {"once": 1, "gone": 1},
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, orders=ORDERS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("rhythm")


# Hours back: gaps of 3 and 10 hours, silent for 5. Divided by 1/24, 5/24 of a day is more than 5, and the gap was 2.
HOURS = ["user_id ago amount", ("ann", 5 / 24, 1), ("ann", 8 / 24, 1), ("ann", 18 / 24, 1), ("once", 1, 1)]
HOURLY = {
    "gap_mean": 6.5 / 24,
    "gap_median": 6.5 / 24,
    "gap_longest": 10 / 24,
    "gap_last": 3 / 24,
    "gap_count": 2,
    "gaps_longer": 1,
    "gaps_ended_in_time": 1,
    "return_share": 1,
    # The population's gaps are counted in hours too, and these two are all of them.
    "gap_shrunk": 6.5 / 24,
    "silence_ratio": 5 / 6.5,
}


def test_short_horizons_have_gaps_in_hours(features_of):
    found = features_of(HOURLY, horizon=7, orders=HOURS)
    assert found["ann"] == pytest.approx(HOURLY, rel=1e-9)
    assert found["once"]["gap_shrunk"] == pytest.approx(6.5 / 24)


def test_nobody_has_come_twice(features_of):
    found = features_of(["gap_shrunk", "silence_to_shrunk"], orders=["user_id ago amount", ("ann", 1, 1)])
    assert found["ann"] == {"gap_shrunk": None, "silence_to_shrunk": None}
