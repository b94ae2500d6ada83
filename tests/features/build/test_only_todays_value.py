"""Today's plan must not be told of last year's user."""

from datetime import date, timedelta

import pytest

from features.build.only_todays_value import only_of_today, refuse_undated
from features.errors import BadInput

ORDERS = ["user_id ago amount", ("a", 5, 10)]
PLANS = ["user_id plan region", ("a", "plus", "north")]
DATED = ["user_id ago plan", ("a", 90, "plus")]


@pytest.fixture
def base(config_of, tables_of):
    """base(users, fixed=[…]): configuration and tables."""

    def make(users=PLANS, fixed=()):
        options = {"users": {"fixed": list(fixed)}}
        return config_of(("orders", "users"), options=options), tables_of(orders=ORDERS, users=users)

    return make


def test_an_undated_attribute_is_refused_before_the_end_of_the_logs_in_one_line(base, cutoff):
    with pytest.raises(BadInput) as error:
        refuse_undated(*base(), ["order_count_90d", "plan"], cutoff - timedelta(seconds=1), cutoff)
    text = str(error.value)
    assert "\n" not in text and "feature 'plan' as of 2025-12-31 23:59" in text and "users.plan" in text
    assert "give users a time (valid from), or name 'plan' in tables.users.fixed" in text


@pytest.mark.parametrize("later", [0, 1])
def test_from_the_end_of_the_logs_on_todays_value_is_the_right_one(base, cutoff, later):
    refuse_undated(*base(), ["plan"], cutoff + timedelta(days=later), cutoff)


def test_without_a_known_end_no_date_is_today(base, cutoff):
    with pytest.raises(BadInput, match="users.plan"):
        refuse_undated(*base(), ["plan"], cutoff, None)


def test_a_column_that_never_changes_or_carries_its_dates_is_known_of_the_past(base, cutoff):
    refuse_undated(*base(fixed=["plan"]), ["plan"], cutoff - timedelta(days=9), cutoff)
    refuse_undated(*base(DATED), ["plan"], cutoff - timedelta(days=9), cutoff)


def test_features_are_told_with_the_column_they_read_and_others_left_out(base):
    config, tables = base(fixed=["region"])
    assert only_of_today(config, tables, ["plan", "region", "order_count_7d"]) == {"plan": "plan"}


def test_a_time_zone_of_today_tells_no_birthday_of_the_past(base, cutoff):
    born = ["user_id birthday timezone", ("a", date(1990, 1, 1), "Asia/Tokyo")]
    config, tables = base(born, fixed=["birthday"])
    assert only_of_today(config, tables, ["days_to_birthday"]) == {"days_to_birthday": "timezone"}
    assert only_of_today(*base(born, fixed=["birthday", "timezone"]), ["days_to_birthday"]) == {}
