from datetime import date, datetime

import pyarrow as pa
import pytest

from features.errors import BadInput
from features.groups.standing import standing, users_columns
from features.user_base import UserBase

LEVEL = [
    {"name": "silver", "least": 100, "measure": "points_earned_365d", "keep_days": 30},
    {"name": "gold", "least": 300, "measure": "points_earned_365d", "keep_days": 30},
]
CALENDAR = [
    {"name": "birthday", "column": "users.birthday", "days_before": 3},
    {"name": "festival", "dates": ["2026-01-04"], "days_before": 2},
    {"name": "joined", "column": "users.member_since"},
]
USERS = [
    "user_id ago birthday timezone",
    ("a", 50, date(1990, 1, 5), None),
    ("b", 50, date(1990, 1, 5), "Asia/Shanghai"),
    ("c", 50, None, "UTC"),
    ("c", 0, date(1990, 1, 1), "UTC"),
]
POINTS = ["user_id ago kind points", ("a", 20, "earned", 150), ("a", 5, "earned", 200), ("b", 8, "earned", 60)]
ORDERS = ["user_id ago amount", ("a", 1, 1)]
NAMES = ["level", "level_before", "level_until", "to_next_level", "points_worth"]
AT = datetime(2026, 1, 1, 18)  # the second of January in Shanghai


@pytest.fixture
def base(con, config_of, tables_of):
    config = config_of(["orders", "users", "points"], level=LEVEL, calendar=CALENDAR, points={"per_currency": 100})
    return UserBase(config, con, tables_of(users=USERS, points=POINTS, orders=ORDERS))


def asked(base, names, **more):
    return standing(base, AT, pa.table({"user_id": ["c", "b", "a"]}), names, **more).to_pydict()


def test_levels_and_points_stand_beside_the_users_in_their_order(base):
    found = asked(base, NAMES, before=datetime(2025, 12, 20))
    assert found == {
        "user_id": ["c", "b", "a"],
        "level": [None, None, "gold"],
        "level_before": [None, None, "silver"],
        "level_until": [None, None, date(2026, 1, 31)],
        "to_next_level": [100, 40, None],
        "points_worth": [0, 0.6, 3.5],
    }
    assert asked(base, ["level_before"])["level_before"] == [None] * 3


def test_calendar_days_are_the_users_own_and_rows_on_the_date_say_nothing_yet(base):
    found = asked(base, ["days_to:birthday", "calendar:birthday", "days_to:festival", "calendar:festival"])
    assert found["days_to:birthday"] == [0, 3, 4]  # c: the row of noon counts at six in the evening
    assert found["calendar:birthday"] == [True, True, False]
    assert found["days_to:festival"] == [3, 2, 3]
    assert found["calendar:festival"] == [False, True, False]
    early = standing(
        base, datetime(2026, 1, 1), pa.table({"user_id": ["c"]}), ["days_to:birthday", "calendar:birthday"]
    )
    assert early.to_pylist() == [{"user_id": "c", "days_to:birthday": None, "calendar:birthday": None}]


def test_a_column_that_is_not_there_knows_no_day_and_a_list_that_has_ended_is_no_day(base):
    assert asked(base, ["days_to:joined", "calendar:joined"])["calendar:joined"] == [None] * 3
    late = standing(base, datetime(2026, 2, 1), pa.table({"user_id": ["a"]}), ["days_to:festival", "calendar:festival"])
    assert late.to_pylist() == [{"user_id": "a", "days_to:festival": None, "calendar:festival": False}]


def test_only_what_is_asked_for_needs_columns_of_users(base):
    assert users_columns(base.config, ["level", "days_to:festival"]) == ["users.timezone"]
    assert users_columns(base.config, ["level"]) == []


def test_an_unknown_name_is_told_with_its_cure(base, con, config_of):
    with pytest.raises(BadInput, match=r"no \[\[calendar\]\] named 'birthdy'; did you mean 'birthday'"):
        asked(base, ["days_to:birthdy"])
    with pytest.raises(BadInput, match="no 'levle' of users; did you mean 'level'"):
        asked(base, ["levle"])
    with pytest.raises(BadInput, match="no 'level' of users"):
        standing(UserBase(config_of(), con, base.tables), AT, pa.table({"user_id": ["a"]}), ["level"])
