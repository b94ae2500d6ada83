from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.groups.levels import MOST, levels_at, levels_from, looks, measure, names_of
from features.user_base import UserBase

SILVER = {"name": "silver", "least": 100, "measure": "points_earned_365d", "keep_days": 365}
GOLD = {"name": "gold", "least": 500, "measure": "points_earned_365d", "keep_days": 60}

ORDERS = ["user_id ago amount", ("none", 1, 1)]


def earned(**users):
    return ["user_id ago kind points", *((user, ago, "earned", n) for user, rows in users.items() for ago, n in rows)]


def stands(base, at, user):
    found = levels_at(base, at, pa.table({"user_id": [user]}))
    name = names_of(base.config.level, found.codes).to_pylist()[0]
    return name, str(found.until[0]), None if np.isnan(found.lacks[0]) else found.lacks[0]


def test_levels_follow_the_measure_and_are_kept_after_it_sinks(con, config_of, tables_of, cutoff):
    rows = earned(
        none=[(3, 40)], silver=[(3, 100)], gold=[(5, 600)], was=[(500, 120)], late=[(0, 900)], sank=[(380, 700)]
    )
    base = UserBase(config_of(["orders", "points"], level=[SILVER, GOLD]), con, tables_of(points=rows, orders=ORDERS))
    assert stands(base, cutoff, "none") == (None, "NaT", 60)
    assert stands(base, cutoff, "silver") == ("silver", "2027-01-01", 400)
    assert stands(base, cutoff, "gold") == ("gold", "2026-03-02", None)  # nothing above
    assert stands(base, cutoff, "was") == ("silver", "2026-08-01", 500)  # last seen by the look of 1 August 2025
    assert stands(base, cutoff, "sank") == ("gold", "2026-02-13", None)  # last seen on Monday, 15 December 2025
    assert stands(base, datetime(2026, 2, 13), "sank")[0] == "gold"
    assert stands(base, datetime(2026, 2, 14), "sank") == ("silver", "2026-12-01", 500)
    assert (
        stands(base, cutoff, "late") == stands(base, cutoff, "nobody") == (None, "NaT", 100)
    )  # on the date: not before


def test_without_levels_nobody_is_on_one_and_no_date_is_looked_at(config_of, cutoff):
    config = config_of()
    assert measure(config) is None and looks(config, cutoff) == []
    found = levels_from(config, cutoff, {}, 2)
    assert found.codes.tolist() == [-1, -1] and np.isnan(found.lacks).all() and np.isnat(found.until).all()


@settings(max_examples=40, deadline=None)
@given(
    keep=st.integers(1, 3650),
    at=st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31)),
    later=st.integers(1, 400),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/Sao_Paulo", "Europe/London"]),
)
def test_a_look_is_seen_from_every_date_within_its_days_so_that_no_level_flickers(config_of, keep, at, later, zone):
    config = config_of(level=[SILVER | {"keep_days": keep}], project={"timezone": zone})
    first, second = looks(config, at), looks(config, at + timedelta(days=later))
    assert first[0] == at and len(first) <= MOST + 2
    assert set(second[1:]) >= {look for look in first[1:] if look >= at + timedelta(days=later - keep + 1)}
    assert all(at - timedelta(days=keep + 2) < look <= at for look in first)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_levels_agree_with_one_user_after_the_other_in_plain_python(config_of, data):
    at = data.draw(
        st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 31)).map(lambda one: one.replace(microsecond=0))
    )
    keeps = data.draw(st.lists(st.sampled_from([5, 14, 30, 98, 120, 365, 730, 1500]), min_size=1, max_size=3))
    config = config_of(
        level=[SILVER | {"name": f"l{k}", "least": 10.0 * (k + 1), "keep_days": keep} for k, keep in enumerate(keeps)]
    )
    there = looks(config, at)
    users = data.draw(st.lists(st.dictionaries(st.sampled_from(there), st.integers(0, 40), max_size=6), max_size=8))
    values = {look: np.array([float(one.get(look, np.nan)) for one in users]) for look in there}
    found = levels_from(config, at, values, len(users))
    for user, code, until, lacks in zip(users, found.codes, found.until, found.lacks, strict=True):
        level, kept = -1, None
        for number, keep in enumerate(keeps):
            good = [look for look, much in user.items() if much >= 10 * (number + 1) and _own(look, at, keep)]
            if good:
                level, kept = number, max(good).date() + timedelta(days=keep)
        assert (code, until.item()) == (level, kept)
        missing = None if level == len(keeps) - 1 or at not in user else 10 * (level + 2) - user[at]
        assert missing == (None if np.isnan(lacks) else lacks)


def _own(look, at, keep):
    """Whether a level that is kept so long looks at this date."""
    if look == at:
        return True
    if at.date() - look.date() > timedelta(days=keep):
        return False
    months = 1 if keep <= 744 else 3
    return keep <= 14 or (look.weekday() == 0 if keep <= 98 else look.day == 1 and (look.month - 1) % months == 0)


def test_looks_are_days_mondays_or_firsts_of_months_by_how_long_a_level_is_kept(config_of):
    def days(keep):
        return [one.date() for one in looks(config_of(level=[SILVER | {"keep_days": keep}]), datetime(2026, 1, 7, 12))]

    assert days(2) == [date(2026, 1, 7), date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)]
    assert days(20) == [date(2026, 1, 7), date(2025, 12, 22), date(2025, 12, 29), date(2026, 1, 5)]
    assert days(100) == [date(2026, 1, 7), date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    assert days(800)[-2:] == [date(2025, 10, 1), date(2026, 1, 1)] and len(days(800)) == 10
    assert days(3650)[1:] == [date(year, 1, 1) for year in range(2017, 2027)]
