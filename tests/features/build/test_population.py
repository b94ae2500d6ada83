"""What depends on everybody, worked out by hand, from rows before the cutoff only."""

import math
from datetime import datetime, timedelta

import pytest

from features.build.population import SCHEMA, Columns, measure, moment, moved, season
from features.user_base import UserBase

# Horizon 90 days, eligible 180: at the turn 90 days ago, whoever had come within the 180 days before it was eligible.
ORDERS = [
    "user_id ago amount",
    ("stays", 10, 1),  # eligible (100), and came again: gap of 90 days
    ("stays", 100, 1),
    ("goes", 91, 1),  # eligible, and not seen since; the same day twice is no gap
    ("goes", 90.5, 1),
    ("turn", 90, 1),  # came at the turn itself, which is after it: not churned, and eligible by the day before
    ("turn", 91, 1),
    ("at the turn", 90, 1),  # nobody yet: the past of the turn is strictly before it
    ("edge", 270, 1),  # eligible on the last day, and gone
    ("long gone", 271, 1),  # not eligible any more
    ("new", 89, 1),  # nobody yet at the turn
    ("new", 79, 1),  # a gap of 10 days
    ("refund", 100, 1),  # a refund is no activity: gone
    ("refund", 50, -1),
]


@pytest.fixture
def measured(con, config_of, tables_of, cutoff):
    def make(horizon=90, at=cutoff, eligible=None, activity=None, **literals):
        config = config_of(literals, horizon, activity)
        if eligible:
            config = config.model_copy(update={"churn": config.churn.model_copy(update={"eligible_days": eligible})})
        return measure(UserBase(config, con, tables_of(**literals)), at)

    return make


def test_by_hand(measured):
    found = measured(orders=ORDERS)
    assert found.users == 8
    # Eligible: stays, goes, turn, edge, refund. Churned: goes, edge, refund.
    assert found.churn_rate == 3 / 5
    # Gaps: stays 90, turn 1, new 10; 'goes' came on one day (its 91st back) only.
    assert found.gap_mean == (90 + 1 + 10) / 3
    assert found.observed_days == 271


def test_who_is_eligible_is_configured(measured):
    # Within 10 days before the turn: stays (100), goes, turn, refund.
    assert measured(orders=ORDERS, eligible=10).churn_rate == 2 / 4


def test_short_horizons_have_gaps_in_hours(measured):
    # 3 and 10 hours: mean 6.5. In days there would be one gap of one day.
    orders = ["user_id ago amount", ("a", 12 / 24, 1), ("a", 15 / 24, 1), ("a", 25 / 24, 1)]
    assert measured(7, orders=orders).gap_mean == pytest.approx(6.5 / 24, rel=1e-12)


def test_rows_at_or_after_the_cutoff_change_nothing(measured):
    later = [("stays", 0, 1), ("goes", 0, 1), ("edge", -1, 1), ("newest", 0, 1), ("goes", -80, 1)]
    assert measured(orders=[*ORDERS, *later]) == measured(orders=ORDERS)


def test_rows_known_after_the_cutoff_change_nothing(measured):
    header, *rows = ORDERS
    known = [f"{header} known_ago", *((*row, None) for row in rows)]
    assert measured(orders=[*known, ("goes", 5, 1, 0)]) == measured(orders=ORDERS)


def test_other_tables_than_those_of_activity_change_nothing(measured):
    assert measured(orders=ORDERS, events=["user_id ago", ("goes", 1), ("other", 1)]) == measured(orders=ORDERS)


@pytest.mark.parametrize(
    "rows, users",
    [([("a", 0, 1)], 0), ([("a", 5, 1)], 1), ([("a", 5, 1), ("b", 5, 1)], 2)],
    ids=["nobody", "nobody at the turn", "nobody twice"],
)
def test_where_there_is_nobody_there_is_no_rate(measured, rows, users):
    found = measured(orders=["user_id ago amount", *rows])
    assert (found.users, found.churn_rate, found.gap_mean) == (users, None, None)


def test_the_season_turns_once_a_year(measured):
    # 2000-01-01 is where it starts; a quarter of 365.2425 days later the sine is at its top.
    for days, sine, cosine in ((0, 0, 1), (365.2425 / 4, 1, 0), (365.2425 * 10, 0, 1)):
        found = measured(orders=ORDERS, at=datetime(2000, 1, 1) + timedelta(days=days))
        assert (found.season_sin, found.season_cos) == pytest.approx((sine, cosine), abs=1e-6)
        assert math.hypot(found.season_sin, found.season_cos) == pytest.approx(1)


def test_the_record_is_what_features_read(con, measured):
    found = measured(orders=ORDERS)
    table = con.to_pyarrow(moment(con, found))
    assert table.schema == SCHEMA
    assert table.to_pylist() == [vars(found)]


def test_a_misspelt_part_of_the_population_is_told(con):
    with pytest.raises(
        AttributeError, match="the population has no 'gap'; there are cutoff, users, churn_rate, gap_mean"
    ):
        _ = Columns().gap


def test_a_record_moved_to_another_cutoff_keeps_what_only_everybody_tells(measured):
    found = measured(orders=ORDERS)
    later = moved(found, found.cutoff + timedelta(days=10))
    assert (later.churn_rate, later.gap_mean, later.users) == (found.churn_rate, found.gap_mean, found.users)
    assert (later.season_sin, later.season_cos) == season(later.cutoff) != season(found.cutoff)
    assert later.observed_days == found.observed_days + 10
    assert moved(later, found.cutoff) == found
    assert moved(found, found.cutoff - timedelta(days=9999)).observed_days == 0
