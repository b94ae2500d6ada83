from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.groups.calendar_days import dates_of, to_anniversary, to_next, today

ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"]
DAYS = st.dates(date(1900, 1, 1), date(2050, 12, 31)) | st.sampled_from([date(2000, 2, 29), date(1999, 12, 31)])
NOWS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31)) | st.sampled_from(
    [datetime(2023, 12, 31, 20), datetime(2024, 2, 28, 18), datetime(2024, 2, 29, 3), datetime(2025, 3, 1, 2)]
)


def days(*texts):
    return np.array(texts, "M8[D]")


def test_birthdays_come_round_across_year_ends_and_leap_years():
    born = days("1990-01-02", "1990-12-31", "2000-02-29", "2000-02-29", "2000-02-29", "NaT")
    now = days("2025-12-31", "2025-12-31", "2024-02-28", "2025-02-28", "2025-03-01", "2025-03-01")
    assert to_anniversary(born, now)[:-1].tolist() == [2, 0, 1, 0, 364]
    assert np.isnan(to_anniversary(born, now)[-1])


def test_moving_festivals_come_from_their_list_and_end_with_it():
    found = to_next(["2027-02-06", "2026-02-17"], days("2026-02-16", "2026-02-17", "2026-02-18", "2027-02-07"))
    assert found[:3].tolist() == [1, 0, 353] and np.isnan(found[3])


def test_a_day_is_the_users_own_and_a_text_that_is_no_zone_is_the_projects():
    zones = pa.array(["Asia/Shanghai", "America/New_York", "Mars/Base", None, "UTC", "'; DROP"])
    at = datetime(2025, 12, 31, 17)
    new, old = "2026-01-01", "2025-12-31"
    assert today(at, zones, "Asia/Tokyo").astype(str).tolist() == [new, old, new, new, old, new]
    assert today(at, pa.nulls(2), "UTC").astype(str).tolist() == [old, old]


def test_dates_are_read_from_dates_times_and_texts():
    known = days("1990-05-17", "NaT")
    for column in (
        pa.array([date(1990, 5, 17), None]),
        pa.array([datetime(1990, 5, 17, 23, 59), None]),
        pa.array(["1990-05-17", None]),
        pa.array(["1990-05-17", "soon"]),
    ):
        np.testing.assert_array_equal(dates_of(column), known)
    assert np.isnat(dates_of(pa.nulls(2))).all() and np.isnat(dates_of(pa.array([19900517]))).all()


def oracle(born, now):
    """Day by day, as a person leafs through a calendar."""
    for ahead in range(367):
        one = now + timedelta(days=ahead)
        short = one.month == 2 and one.day == 28 and (one + timedelta(days=1)).month == 3
        if (one.month, one.day) == (born.month, born.day) or (short and (born.month, born.day) == (2, 29)):
            return ahead
    raise AssertionError


@settings(max_examples=60, deadline=None)
@given(NOWS, st.lists(st.tuples(DAYS, st.sampled_from(ZONES) | st.none()), min_size=1, max_size=30))
def test_days_to_a_birthday_agree_with_a_calendar_leafed_through(at, users):
    born, zones = zip(*users, strict=True)
    now = today(at, pa.array(zones, pa.string()), "Asia/Shanghai")
    local = [at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(one or "Asia/Shanghai")).date() for one in zones]
    assert now.tolist() == local
    assert to_anniversary(np.array(born, "M8[D]"), now).tolist() == [
        oracle(one, day) for one, day in zip(born, local, strict=True)
    ]
