"""Days of the calendar over changes of the clock, held against Python's own list of time zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.wall_clock import changes, days_between, instant, later, offset, parts_days, wall, zones

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]
shown = st.datetimes(datetime(1985, 1, 1), datetime(2024, 12, 1)).map(lambda at: at.replace(second=0, microsecond=0))
zone = st.sampled_from(ZONES)


def to_utc(at, zone):
    return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def from_utc(at, zone):
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


# What the clock shows in Berlin: the last minute before a change, skipped, and shown twice.
HOURS = [datetime(2025, 3, 30, 1, 59), datetime(2025, 3, 30, 2, 30), datetime(2025, 10, 26, 2, 30)]


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("at", HOURS, ids=str)
def test_hours_of_a_change_are_read_as_python_reads_them(at, fold):
    at = at.replace(fold=fold)
    assert instant(at, "Europe/Berlin") == to_utc(at, "Europe/Berlin")


@given(at=shown, zone=zone)
def test_instants_are_those_of_pythons_list(at, zone):
    assert instant(at, zone) == to_utc(at, zone)


@given(at=shown, zone=zone)
def test_the_clock_shows_what_pythons_does(at, zone):
    instant = at + timedelta(seconds=1)  # not a midnight that is skipped, see below
    assert wall(instant, zone) == from_utc(instant, zone)


def test_a_skipped_midnight_is_the_first_instant_after_it():
    at = datetime(2017, 10, 15, 3)  # 01:00, an hour after 23:59:59
    assert wall(at, "America/Sao_Paulo") == datetime(2017, 10, 15)
    assert wall(at + timedelta(microseconds=1), "America/Sao_Paulo") == datetime(2017, 10, 15, 1, 0, 0, 1)
    assert instant(datetime(2017, 10, 15), "America/Sao_Paulo") == at


def test_of_a_skipped_day_no_midnight_is_left():
    assert wall(datetime(2011, 12, 30, 10), "Pacific/Apia") == datetime(2011, 12, 31)
    assert days_between(datetime(2011, 12, 30, 9), datetime(2011, 12, 30, 11), "Pacific/Apia") == 1 + 2 / 24


@pytest.mark.parametrize("days", [1, 30, 90, -1, -30, 400])
@given(at=shown, zone=st.sampled_from(["Europe/Berlin", "America/New_York"]))
def test_days_after_a_midnight_lies_a_midnight(days, at, zone):
    midnight = datetime(at.year, at.month, at.day)
    assert later(instant(midnight, zone), days, zone) == to_utc(midnight + timedelta(days=days), zone)


@given(at=shown, zone=zone, days=st.floats(0, 500))
def test_there_and_back_is_never_past_where_it_began(at, zone, days):
    # Or a label window would reach past its test.
    begin = instant(at, zone)
    assert later(later(begin, -days, zone), days, zone) <= begin + timedelta(microseconds=1)


@given(at=shown, zone=zone, days=st.floats(0, 500), more=st.floats(0, 1))
def test_a_longer_way_never_ends_before_a_shorter_one(at, zone, days, more):
    assert later(at, days, zone) <= later(at, days + more, zone)


def test_around_a_change_there_and_back_too():
    for minutes in range(-300, 300, 5):
        for change in (datetime(2025, 3, 30, 1), datetime(2025, 10, 26, 1)):
            at = change + timedelta(minutes=minutes)
            for days in (0.5, 1, 30, 1 / 24):
                for begin in (at, later(at, days, "Europe/Berlin")):
                    assert later(later(begin, -days, "Europe/Berlin"), days, "Europe/Berlin") <= begin


def test_no_days_later_is_now_also_in_an_hour_shown_twice():
    assert later(datetime(2025, 10, 26, 1, 30), 0, "Europe/Berlin") == datetime(2025, 10, 26, 1, 30)


def test_where_clocks_never_change_days_have_24_hours():
    assert not changes("UTC") and not changes("Etc/GMT-8") and changes("Asia/Shanghai")  # until 1991
    at = datetime(2026, 1, 1)
    for zone in ("UTC", "Etc/GMT-8"):
        assert later(at, 1.5, zone) == at + timedelta(days=1.5)
        assert days_between(at, at + timedelta(days=1.5), zone) == 1.5
    assert wall(at, "Etc/GMT-8") == datetime(2026, 1, 1, 8)


@pytest.mark.parametrize("zone", ZONES)
def test_the_engine_sees_the_same_clock(con, zone):
    hours = [datetime(2010, 1, 1) + timedelta(hours=n) for n in range(24 * 3000)]
    moments = [hour + timedelta(microseconds=m) for hour in hours for m in (-1, 0)]
    table = ibis.memtable(pa.table({"at": pa.array(moments, pa.timestamp("us"))}))
    found = con.to_pyarrow(table.select("at", ahead=offset(table["at"], zone))).to_pylist()
    wrong = [r for r in found if r["at"] + timedelta(microseconds=r["ahead"]) != wall(r["at"], zone)]
    assert wrong == [] and len({row["ahead"] for row in found}) >= 2


def test_known_zones_have_names_that_people_write():
    assert {"Europe/Berlin", "Asia/Shanghai", "UTC"} <= set(zones()) and "Mars/Olympus" not in zones()


def test_a_midnight_parts_days_unless_clocks_are_put_back_across_it():
    berlin, havana, beirut = "Europe/Berlin", "America/Havana", "Asia/Beirut"
    assert parts_days(datetime(2026, 3, 29), "UTC") and not parts_days(datetime(2026, 3, 29, 1), "UTC")
    for day in (datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 10, 26)):
        assert parts_days(instant(day, berlin), berlin)
    twice = datetime(2026, 11, 1)  # in Havana the hour from midnight comes twice, in Beirut the one before it
    assert parts_days(instant(twice, havana), havana)
    assert not parts_days(instant(twice.replace(fold=1), havana), havana)
    assert parts_days(instant(datetime(2026, 10, 25), beirut), beirut)
