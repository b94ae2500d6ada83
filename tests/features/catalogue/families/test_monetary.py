"""Money by hand: horizon 90 days.

Ann spent 30 and 50 in the window and 20 before it, and got 5 back. 'tie' placed two orders at one time. 'back' only
ever got money back, 'free' ordered for nothing, 'old' bought a year ago.
"""

import statistics

import pytest

from features.catalogue.feature import parse

ORDERS = [
    "user_id ago amount order_id items discount channel",
    ("ann", 10, 30, "a", 2, 5, "web"),
    ("ann", 15, -5, "b", None, None, "app"),
    ("ann", 90, 50, "c", 3, None, "web"),  # the window's first instant
    ("ann", 91, 20, "d", 1, 1, "app"),
    ("ann", 0, 999, "e", 9, 9, "app"),  # on the cutoff
    ("tie", 10, 4, "f", None, 4, "app"),
    ("tie", 10, 3, "f", None, None, "app"),  # a line of the same order
    ("tie", 10, 9, "g", None, None, None),
    ("back", 20, -4, "h", None, None, "web"),
    ("free", 30, 0, "i", 1, 8, None),
    ("old", 275, 100, "j", 1, None, "a"),
    ("old", 300, 40, "k", 1, None, "b"),
    ("old", 365, 2, "l", 1, None, "c"),
    ("old", 366, 100, "m", 1, None, "a"),
    ("edge", 0, 999, "n", 9, 9, "web"),
]


def part(amount, ago):
    """A decayed amount: ten-thousandths are exact, so their sum is the same in any order."""
    return round(amount * 2 ** (-ago / 90), 4)


NONE = {"edge": None, "nil": None}
ZERO = {"edge": 0, "nil": 0}
NO_ORDER = {"back": None} | NONE

EXPECTED = {
    "order_amount_90d": {"ann": 75, "tie": 16, "back": -4, "free": 0, "old": 0} | ZERO,
    "order_amount_total": {"ann": 95, "tie": 16, "back": -4, "free": 0, "old": 242} | ZERO,
    "order_total": {"ann": 3, "tie": 2, "back": 0, "free": 1, "old": 4} | ZERO,
    "order_amount_max": {"ann": 50, "tie": 9, "free": 0, "old": 100} | NO_ORDER,
    "order_amount_min": {"ann": 20, "tie": 7, "free": 0, "old": 2} | NO_ORDER,
    "order_amount_last": {"ann": 30, "tie": 9, "free": 0, "old": 100} | NO_ORDER,
    "order_amount_decayed_90d": {
        "ann": part(30, 10) - part(5, 15) + 25 + part(20, 91),
        "tie": part(7, 10) + part(9, 10),
        "back": -part(4, 20),
        "free": 0,
        "old": part(100, 275) + part(40, 300) + part(2, 365) + part(100, 366),
    }
    | ZERO,
    "order_amount_mean": {"ann": 100 / 3, "tie": 8, "free": 0, "old": 242 / 4} | NO_ORDER,
    "order_amount_share_90d": {"ann": 75 / 95, "tie": 1, "back": 1, "free": None, "old": 0} | NONE,
    "order_value_90d": {"ann": 80 / 2, "tie": 8, "free": 0, "old": None} | NO_ORDER,
    "order_amount_trend": {"ann": 30 / (100 / 3), "tie": 9 / 8, "free": None, "old": 100 / 60.5} | NO_ORDER,
    "order_amount_momentum_90d": {"ann": 75 / 95, "tie": 1, "back": 1, "free": None, "old": None} | NONE,
    "order_amount_spread": {"ann": statistics.pstdev([30, 50, 20]) * 3 / 100, "tie": 1 / 8, "free": None}
    | {"old": statistics.pstdev([100, 40, 2, 100]) / 60.5}
    | NO_ORDER,
    "order_amount_change_90d": {"ann": 75 - 20, "tie": 16, "back": -4, "free": 0, "old": 0} | ZERO,
    "refund_count_90d": {"ann": 1, "tie": 0, "back": 1, "free": 0, "old": 0} | ZERO,
    "refund_amount_90d": {"ann": 5, "tie": 0, "back": 4, "free": 0, "old": 0} | ZERO,
    "refund_share_90d": {"ann": 5 / 80, "tie": 0, "back": None, "free": None, "old": None} | NONE,
    "order_channels": {"ann": 2, "tie": 1, "back": 0, "free": 0, "old": 3} | ZERO,
    "order_channel_share": {"ann": 2 / 3, "tie": 1, "free": None, "old": 2 / 4} | NO_ORDER,
    "order_amount_last_year": {"ann": 0, "tie": 0, "back": 0, "free": 0, "old": 42} | ZERO,  # (275, 365]
    "order_items_90d": {"ann": 5, "tie": None, "free": 1, "old": None} | NO_ORDER,
    "order_discount_90d": {"ann": 5, "tie": 4, "back": 0, "free": 8, "old": 0} | ZERO,
    "order_discount_share_90d": {"ann": 5 / 80, "tie": 4 / 20, "back": 0, "free": 1, "old": None} | NONE,
}


@pytest.fixture(scope="module")
def found(features_of):
    return features_of(EXPECTED, settings={"options": {"orders": {"refunds": "negative"}}}, orders=ORDERS)


@pytest.mark.parametrize("column", EXPECTED)
def test_by_hand(found, as_expected, column):
    as_expected(found, column, EXPECTED[column])


def test_every_feature_is_worked_out_by_hand(family):
    assert {parse(name).feature.name for name in EXPECTED} == family("monetary")


def test_short_horizons_have_windows_of_hours(features_of):
    orders = ["user_id ago amount", ("ann", 7 / 24, 1), ("ann", 14 / 24, 2), ("ann", 15 / 24, 4)]
    names = ["order_amount_7h", "order_amount_14h", "order_amount_momentum_7h", "order_amount_last_year"]
    found = features_of(names, 7, orders=orders)["ann"]
    assert found == dict(zip(names, (1, 3, 1 / 3, 0), strict=True))


def test_equal_amounts_have_no_spread(features_of):
    # A third of 59.97 is no 19.99 in floating point.
    orders = ["user_id ago amount", *(("ann", ago, 19.99) for ago in (1, 2, 3)), ("bob", 1, 9)]
    found = features_of(["order_amount_spread"], orders=orders)
    assert (found["ann"]["order_amount_spread"], found["bob"]["order_amount_spread"]) == (0, None)


def test_the_largest_amounts_have_a_spread(features_of):
    most = 99_999_999_999_999
    orders = ["user_id ago amount", *(("ann", ago + 1, most) for ago in range(200)), ("ann", 300, 0)]
    found = features_of(["order_amount_spread"], orders=orders)["ann"]
    assert found["order_amount_spread"] == pytest.approx((201 / 200 - 1) ** 0.5, rel=1e-6)
