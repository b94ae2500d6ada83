"""Segments, tags, days, points, levels and goals: what cannot be is refused when it is read."""

from datetime import date

import pytest
from pydantic import ValidationError

from features.config.operations.named import (
    CalendarSetting,
    GoalSetting,
    LevelSetting,
    Points,
    SegmentSetting,
    TagSetting,
    plain,
)


def test_toml_s_own_dates_are_read_like_quoted_ones():
    festival = CalendarSetting.model_validate({"name": "festival", "dates": ["2026-02-17", date(2027, 2, 6)]})
    assert festival.dates == ["2026-02-17", "2027-02-06"]
    goal = GoalSetting.model_validate({"name": "g", "metric": "m", "target": 1.0, "by": date(2026, 6, 30)})
    assert goal.by == "2026-06-30" and plain("x") == "x"


def test_points_are_worth_something_and_expire_only_if_that_is_said():
    assert (Points().per_currency, Points().expire_days) == (100, None)


GOOD = {
    SegmentSetting: {"name": "s"},
    TagSetting: {"name": "value:high", "segment": "s"},
    CalendarSetting: {"name": "c", "dates": ["2026-02-17"]},
    Points: {},
    LevelSetting: {"name": "l", "least": 1.0, "measure": "order_count_total"},
    GoalSetting: {"name": "g", "metric": "m", "target": 1.0, "by": "2026-06-30"},
}


@pytest.mark.parametrize("setting", GOOD, ids=lambda one: one.__name__)
def test_each_is_read_with_what_it_needs(setting):
    assert setting.model_validate(GOOD[setting])


@pytest.mark.parametrize(
    ("setting", "given", "says"),
    [
        (SegmentSetting, {"name": "two words"}, "name"),
        (TagSetting, {"name": ":high"}, "name"),
        (CalendarSetting, {"dates": []}, "give either a column or dates, not both and not neither"),
        (CalendarSetting, {"column": "users.birthday"}, "give either a column or dates"),
        (CalendarSetting, {"dates": ["17.2.2026"]}, "'17.2.2026' is no day; write it as '2026-02-16'"),
        (CalendarSetting, {"days_before": 365}, "days_before"),
        (Points, {"per_currency": 0}, "per_currency"),
        (Points, {"expire_days": 0}, "expire_days"),
        (LevelSetting, {"keep_days": 0}, "keep_days"),
        (GoalSetting, {"by": "June"}, "'June' is no day"),
        (GoalSetting, {"metric": ""}, "metric"),
    ],
)
def test_what_cannot_be_is_refused(setting, given, says):
    with pytest.raises(ValidationError) as caught:
        setting.model_validate(GOOD[setting] | given)
    assert says in str(caught.value)
