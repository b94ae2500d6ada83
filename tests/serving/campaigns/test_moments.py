"""When users may be written to, in all zones and also where clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.config.operations.contact import Contact
from serving.campaigns.moments import BLANK, moments

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",  # half an hour
    "America/Havana",  # clocks change at midnight
    "Africa/Casablanca",
    "Pacific/Chatham",
]
CLOCKS = [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "15", "30")]


def contact(begin="21:00", end="09:00", **more):
    return Contact.model_validate({"quiet_hours": {"from": begin, "to": end}} | more)


def only(found, zone):
    (one,) = (one for one in found if one.zone == zone)
    return one


@pytest.mark.parametrize(
    ("as_of", "day", "after", "before"),
    [
        # Berlin is two hours ahead in summer: open from 7 to 19 UTC
        ("2026-07-01 12:00", "2026-07-01", "2026-07-01 12:00", "2026-07-01 19:00"),
        ("2026-07-01 03:00", "2026-07-01", "2026-07-01 07:00", "2026-07-01 19:00"),
        ("2026-07-01 19:00", "2026-07-02", "2026-07-02 07:00", "2026-07-02 19:00"),
        ("2026-07-01 23:30", "2026-07-02", "2026-07-02 07:00", "2026-07-02 19:00"),
        (
            "2026-03-29 00:30",
            "2026-03-29",
            "2026-03-29 07:00",
            "2026-03-29 19:00",
        ),  # the night the clock is put forward
        ("2026-10-24 20:00", "2026-10-25", "2026-10-25 08:00", "2026-10-25 20:00"),  # and back
    ],
)
def test_a_message_waits_for_the_end_of_the_users_quiet_hours(as_of, day, after, before):
    found = only(moments(contact(), datetime.fromisoformat(as_of), ["Europe/Berlin"], "UTC", [1]), "Europe/Berlin")
    assert (found.day, found.send_after, found.send_before) == (
        date.fromisoformat(day),
        datetime.fromisoformat(after),
        datetime.fromisoformat(before),
    )


@settings(max_examples=200)
@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))
    | st.sampled_from(["2026-03-29 00:40", "2026-10-25 00:40"]).map(datetime.fromisoformat),
    zone=st.sampled_from(ZONES),
    clocks=st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True),
)
def test_between_send_after_and_send_before_no_clock_shows_a_quiet_hour(at, zone, clocks):
    begin, end = clocks
    found = only(moments(contact(begin, end), at, [zone], "UTC", [1]), zone)
    assert at <= found.send_after < found.send_before
    step = (found.send_before - found.send_after) / 97
    for look in (found.send_after + step * place for place in range(97)):
        clock = f"{look.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)):%H:%M}"
        assert not (begin <= clock < end if begin < end else clock >= begin or clock < end)


@settings(max_examples=100)
@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), zone=st.sampled_from(ZONES), days=st.integers(1, 60)
)
def test_a_window_of_days_begins_with_the_first_instant_of_its_first_day(at, zone, days):
    found = only(moments(Contact(), at, [zone], "UTC", [days]), zone)
    local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
    shown = found.starts[days].replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    before = (found.starts[days] - timedelta(microseconds=1)).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    first = local - timedelta(days=days - 1)
    assert found.day == local and shown.date() == first and before.date() < first


def test_without_quiet_hours_there_is_no_time_to_wait_for():
    found = only(moments(Contact(), datetime(2026, 7, 1, 23), ["Europe/Berlin"], "UTC", []), "Europe/Berlin")
    assert (found.day, found.send_after, found.send_before, found.starts) == (date(2026, 7, 2), None, None, {})


def test_a_text_that_is_no_zone_counts_as_the_project_s():
    found = moments(
        Contact(), datetime(2026, 7, 1, 23), ["Mars/Base", "../etc/passwd", "", "Asia/Tokyo"], "Asia/Shanghai", [1]
    )
    assert [one.zone for one in found] == [BLANK, "Asia/Tokyo"]
    assert only(found, BLANK).day == date(2026, 7, 2)
    assert only(found, BLANK).starts == {1: datetime(2026, 7, 1, 16)}


def test_a_blackout_goes_by_the_day_on_which_the_message_comes():
    dark = contact(blackout=["2026-07-02"])
    late, early = (
        only(moments(dark, datetime(2026, 7, day, hour), ["Europe/Berlin"], "UTC", []), "Europe/Berlin").blackout
        for day, hour in ((1, 20), (2, 20))
    )
    assert late and not early
