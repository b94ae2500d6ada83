"""Days are the calendar's: features over changes of the clock are those that pandas counts by dates in the zone."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.build import build
from features.build.past import past
from features.catalogue.feature import parse
from features.user_base import UserBase
from features.wall_clock import wall

COLUMNS = ("order_count_1d", "order_count_7d", "order_count_30d", "active_days_30d", "gap_longest", "gap_mean")
COLUMNS += ("streak_longest", "days_since_active")
# The first day after the change: ahead and back.
CHANGES = {
    "Europe/Berlin": ("2025-03-30", "2025-10-26"),
    "America/New_York": ("2025-03-09", "2025-11-02"),
    "Australia/Lord_Howe": ("2025-10-05", "2025-04-06"),  # by half an hour
    "Asia/Shanghai": ("1991-04-14", "1991-09-15"),
    "Africa/Casablanca": ("2025-04-06", "2025-02-23"),
    "America/Sao_Paulo": ("2017-10-15", "2018-02-18"),  # at midnight: one is skipped
    "America/Havana": ("2024-03-10", "2024-11-03"),  # at midnight, and one comes twice
    "Pacific/Apia": ("2011-12-31", "2012-04-01"),  # a whole day is skipped
}
MICROSECOND = timedelta(microseconds=1)


def instants(shown, zone):
    """UTC without a zone, of what the clock shows."""
    shown = pd.DatetimeIndex(shown)
    known = shown.tz_localize(zone, ambiguous=np.ones(len(shown), bool), nonexistent="shift_forward")
    return known.tz_convert("UTC").tz_localize(None)


def random_times(day, zone, seed):
    """user → instants in the hundred days before a date and a few after: of whole days, and at any time of day."""
    rng = np.random.default_rng(seed)
    days = day + pd.to_timedelta(rng.integers(-100, 4, 400), "D")
    clock = pd.to_timedelta(np.where(np.arange(400) % 2, 0, rng.integers(1, 86_399, 400)), "s")
    shown = (days + clock).where((days < "2011-12-30") | (days >= "2011-12-31"), days + pd.Timedelta("1D"))
    users = np.array([f"{'dc'[k % 2 == 0]}{seed}{k % 6}" for k in range(400)])
    return users, instants(shown, zone)


def by_dates(users, times, day, zone):
    """user → column → value, counted in pandas from the dates that the clock showed; and the day until last active."""
    shown = times.tz_localize("UTC").tz_convert(zone).tz_localize(None)
    dates = shown.normalize()
    shown = shown.where(instants(dates, zone) != times, dates)  # the first instant of a day whose midnight is skipped
    frame = pd.DataFrame({"user": users, "date": dates, "shown": shown})
    frame = frame[times < instants([day], zone)[0]]
    found = {}
    for user, rows in frame.groupby("user"):
        dates = pd.Series(sorted(rows.date.unique()))
        gaps = dates.diff().dropna() / pd.Timedelta("1D")
        runs = (dates.diff() != pd.Timedelta("1D")).cumsum().value_counts()

        def within(days, rows=rows):
            return rows[rows.date >= day - pd.Timedelta(days=days)]

        found[user] = {
            **{f"order_count_{n}d": len(within(n)) for n in (1, 7, 30)},
            "active_days_30d": within(30).date.nunique(),
            "gap_longest": gaps.max(),
            "gap_mean": pytest.approx(gaps.mean(), rel=1e-12),
            "streak_longest": runs.max(),
            "days_since_active": pytest.approx((day - rows.shown.max()) / pd.Timedelta("1D"), rel=1e-12),
        }
    return found


@pytest.fixture
def built(con, config_of):
    """built(zone, cutoff, users, times): user → column → value."""

    def make(zone, cutoff, users, times, columns=COLUMNS):
        orders = {"user_id": pa.array(users, pa.string()), "time": pa.array(times, pa.timestamp("us"))}
        orders |= {"amount": pa.array([1] * len(users), pa.decimal128(18, 4)), "refund": [False] * len(users)}
        table = con.create_table("calendar_orders", pa.table(orders), temp=True, overwrite=True)
        config = config_of(horizon=30, project={"timezone": zone})
        found = build(UserBase(config, con, {"orders": table}), cutoff, [parse(name) for name in columns])
        return {row.pop("user_id"): row for row in found.to_pylist()}

    return make


@pytest.mark.parametrize("after", [0, 1, 20])
@pytest.mark.parametrize("which", [0, 1], ids=["ahead", "back"])
@pytest.mark.parametrize("zone", CHANGES)
def test_features_are_the_calendars(built, zone, which, after):
    day = pd.Timestamp(CHANGES[zone][which]) + pd.Timedelta(days=after)
    cutoff = instants([day], zone)[0].to_pydatetime()
    users, times = random_times(day, zone, seed=after)
    expected = by_dates(users, times, day, zone)
    assert len(expected) >= 6
    assert built(zone, cutoff, users, times) == expected


def test_a_daily_and_a_weekly_buyer_are_so_over_the_end_of_summer_time(built):
    day = pd.Timestamp("2025-11-21")
    daily = pd.date_range("2025-09-01", "2025-11-20", freq="D")
    weekly = pd.date_range("2025-03-20", "2025-11-20", freq="7D")
    users = ["daily"] * len(daily) + ["weekly"] * len(weekly)
    columns = ("order_count_30d", "order_count_60d", "gap_longest", "gap_mean", "streak_longest", "active_days_240d")
    columns += ("order_count_240d", "season_sin")
    found = {}
    for zone in ("UTC", "Europe/Berlin"):
        times = instants(daily.append(weekly), zone)
        found[zone] = built(zone, instants([day], zone)[0].to_pydatetime(), users, times, columns)
    assert found["UTC"] == found["Europe/Berlin"]
    one = found["Europe/Berlin"]
    assert [one["daily"][name] for name in columns[:5]] == [30, 60, 1, 1, 81]
    assert [one["weekly"][name] for name in columns[1:4]] == [9, 7, 7]
    assert one["weekly"]["active_days_240d"] == one["weekly"]["order_count_240d"] == 35


@pytest.fixture
def views(con):
    """views(zone, cutoff, **tables): the rows that past() lets through, by view."""

    def make(zone, cutoff, **tables):
        instant = ibis.memtable(pa.table({"cutoff": pa.array([cutoff], pa.timestamp("us"))}))
        shown = past({name: ibis.memtable(table) for name, table in tables.items()}, instant, ["orders"], zone=zone)
        return {name: con.to_pyarrow(shown[name]).to_pylist() for name in tables}

    return make


def orders_at(times):
    orders = {"user_id": [str(n) for n in range(len(times))], "time": pa.array(times, pa.timestamp("us"))}
    return pa.table(orders | {"refund": pa.array([False] * len(times), pa.bool_())})


BACK = {"Europe/Berlin": datetime(2025, 10, 26, 1), "Australia/Lord_Howe": datetime(2025, 4, 5, 15)}
AHEAD = {"Europe/Berlin": datetime(2025, 3, 30, 1), "America/Sao_Paulo": datetime(2017, 10, 15, 3)}
near = st.integers(-40, 40).map(lambda steps: timedelta(minutes=5 * steps)) | st.sampled_from(
    [-MICROSECOND, MICROSECOND]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.sampled_from([*BACK.items(), *AHEAD.items()]), at=near, rows=st.lists(near, min_size=1, max_size=8))
def test_rows_at_or_after_the_cutoff_change_nothing_where_the_clock_changes(views, change, at, rows):
    zone, changed = change
    cutoff, times = changed + at, [changed + row for row in rows]
    found = views(zone, cutoff, orders=orders_at(times))["orders"]
    day = timedelta(days=1)
    assert {row["user_id"]: row["days_ago"] for row in found} == {
        str(n): max(wall(cutoff, zone) - wall(time, zone), MICROSECOND) / day
        for n, time in enumerate(times)
        if time < cutoff
    }
    assert all(row["day"] == 1 for row in found)


def test_the_last_row_of_a_user_is_told_by_time_in_an_hour_shown_twice(views):
    people = {"user_id": ["a", "a"], "time": pa.array([datetime(2025, 10, 26, 0, 50), datetime(2025, 10, 26, 1, 10)])}
    table = pa.table({name: pa.array(values) for name, values in people.items()} | {"plan": ["old", "new"]})
    table = table.set_column(1, "time", table["time"].cast(pa.timestamp("us")))
    found = views("Europe/Berlin", datetime(2025, 11, 1), orders=orders_at([]), users=table)["users"]
    assert [(row["user_id"], row["plan"], set(row)) for row in found] == [
        ("a", "new", {"user_id", "plan", "days_ago", "day"})
    ]


def test_times_that_are_not_known_stay_so(views):
    table = pa.table({"user_id": ["a"], "signup_time": pa.array([None], pa.timestamp("us"))})
    found = views("Europe/Berlin", datetime(2025, 11, 1), orders=orders_at([]), users=table)["users"]
    assert found == [{"user_id": "a", "signup_days_ago": None}]


BORN = {date(1990, 3, 10): 0, date(1992, 2, 29): 355, date(1990, 3, 9): 364, date(1990, 3, 11): 1}


@pytest.mark.parametrize("born", BORN, ids=str)
def test_a_birthday_is_on_the_date_of_the_zone(views, born):
    cutoff = datetime(2026, 3, 9, 16)  # midnight of the 10th in Shanghai
    people = pa.table({"user_id": ["a"], "birthday": pa.array([born])})
    found = views("Asia/Shanghai", cutoff, orders=orders_at([]), users=people)["users"]
    assert found == [{"user_id": "a", "birthday_in_days": BORN[born]}]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_users_with_a_zone_have_their_own_birthday(views, zone):
    zones = ["Asia/Shanghai", "Pacific/Honolulu", None]
    people = {"user_id": ["china", "hawaii", "here"], "birthday": [date(1990, 3, 10)] * 3, "timezone": zones}
    found = views(zone, datetime(2026, 3, 9, 16), orders=orders_at([]), users=pa.table(people))["users"]
    assert {row["user_id"]: row["birthday_in_days"] for row in found} == {"china": 0, "hawaii": 1, "here": 1}


def test_the_compiled_query_holds_no_cutoff_and_where_no_clock_changes_no_calendar(con):
    moment = ibis.table({"cutoff": "timestamp(6)"}, name="moment")
    orders = ibis.table({"user_id": "string", "time": "timestamp(6)", "refund": "boolean"}, name="orders")

    def sql(**zone):
        return str(ibis.to_sql(past({"orders": orders}, moment, ["orders"], **zone)["orders"], dialect="duckdb"))

    assert sql(zone="Etc/GMT-8") == sql(zone="UTC") == sql() and "CASE" not in sql()
    assert "CASE" in sql(zone="Asia/Shanghai") and "2026" not in sql(zone="Asia/Shanghai")
