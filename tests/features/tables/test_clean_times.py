"""Times: zones are honoured, those without one are read as configured, and the logs end where they end."""

from datetime import date, datetime

import pyarrow as pa
import pytest

from features.errors import BadInput
from features.tables.log_ends import parse_time

ORDERS = '[tables.orders]\npath = "orders.*"\n'
EVENTS = '[tables.events]\npath = "events.*"\n'
SHANGHAI = '[project]\ntimezone = "Asia/Shanghai"\n'
NOW = datetime(2030, 1, 1)


def csv(*times):
    return {"orders.csv": "user_id,time,amount\n" + "".join(f"{n},{time},1\n" for n, time in enumerate(times))}


def parquet(*times, dtype=None):
    columns = {"user_id": list(range(len(times))), "time": pa.array(times, dtype), "amount": [1.0] * len(times)}
    return {"orders.parquet": pa.table(columns)}


@pytest.fixture
def times(cleaned):
    """The orders' times in UTC, in the order given."""

    def make(toml, **files):
        _, rows = cleaned(toml + ORDERS, NOW, **files)
        return [row["time"] for row in sorted(rows["orders"], key=lambda row: row["user_id"])]

    return make


# As written → in UTC, where times without a zone are Shanghai's (eight hours ahead).
WRITTEN = {
    "2026-01-31T12:00:00Z": datetime(2026, 1, 31, 12),
    "2026-01-31 12:00:00 UTC": datetime(2026, 1, 31, 12),
    "2026-01-31T12:00:00+08:00": datetime(2026, 1, 31, 4),
    "2026-01-31T12:00:00+0800": datetime(2026, 1, 31, 4),
    "2026-01-31 12:00:00+08": datetime(2026, 1, 31, 4),
    "2026-01-31 12:00:00 +08:00": datetime(2026, 1, 31, 4),
    "2026-01-31T12:00-05:00": datetime(2026, 1, 31, 17),
    "2026-01-31T12:00:00.123456Z": datetime(2026, 1, 31, 12, 0, 0, 123456),
    "2026-01-31 12:00:00 Europe/Berlin": datetime(2026, 1, 31, 11),
    "2026-01-31 12:00:00": datetime(2026, 1, 31, 4),
    "2026-01-31T12:00": datetime(2026, 1, 31, 4),
    "2026-01-31 12:00:00.5": datetime(2026, 1, 31, 4, 0, 0, 500000),
    " 2026-01-31 12:00:00 ": datetime(2026, 1, 31, 4),
    "2026-01-31": datetime(2026, 1, 30, 16),
    "2026/01/31": datetime(2026, 1, 30, 16),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_zone_is_honoured_and_its_lack_filled(times, text):
    assert times(SHANGHAI, **csv(text)) == [WRITTEN[text]]


def test_without_a_word_times_are_utc(times):
    assert times("", **csv("2026-01-31 12:00:00", "2026-01-31")) == [datetime(2026, 1, 31, 12), datetime(2026, 1, 31)]


def test_summer_time_is_kept(times):
    berlin = '[project]\ntimezone = "Europe/Berlin"\n'
    assert times(berlin, **csv("2026-01-01 12:00", "2026-07-01 12:00")) == [
        datetime(2026, 1, 1, 11),
        datetime(2026, 7, 1, 10),
    ]


NOON = datetime(2026, 1, 31, 12)
PARQUET = {
    "without a zone": (NOON, pa.timestamp("us"), datetime(2026, 1, 31, 4)),
    "nanoseconds": (NOON, pa.timestamp("ns"), datetime(2026, 1, 31, 4)),
    "seconds": (NOON, pa.timestamp("s"), datetime(2026, 1, 31, 4)),
    "UTC": (NOON, pa.timestamp("us", tz="UTC"), NOON),
    "another zone": (NOON, pa.timestamp("us", tz="America/New_York"), NOON),  # Arrow keeps the instant
    "a date": (date(2026, 1, 31), pa.date32(), datetime(2026, 1, 30, 16)),
    "text": ("2026-01-31T12:00:00Z", pa.string(), NOON),
}


@pytest.mark.parametrize("value, dtype, expected", PARQUET.values(), ids=PARQUET.keys())
def test_parquet_times(times, value, dtype, expected):
    assert times(SHANGHAI, **parquet(value, dtype=dtype)) == [expected]


def test_a_mixture_of_zones_and_none_is_told(cleaned):
    tables, _ = cleaned(SHANGHAI + ORDERS, **csv("2026-01-31 12:00:00Z", "2026-01-31 12:00:00", "2026-02-01"))
    assert tables.notes == (
        "tables.orders: time: 1 rows name a zone and 2 do not; "
        "those without were read as Asia/Shanghai (project.timezone)",
    )


@pytest.mark.parametrize("text", ["2026-01-31 12:00:00Z", "2026-01-31 12:00:00", "2026-01-31"])
def test_one_kind_of_times_needs_no_remark(cleaned, text):
    assert cleaned(ORDERS, **csv(text, text))[0].notes == ()


def ends(cleaned, toml, **files):
    return cleaned(toml, NOW, **files)[0].observed_until


def test_logs_of_times_end_with_the_newest(cleaned):
    files = csv("2026-01-30 08:00", "2026-01-31")
    assert ends(cleaned, ORDERS, **files) == datetime(2026, 1, 31)


def test_logs_of_days_end_with_the_last_day(cleaned):
    assert ends(cleaned, ORDERS, **csv("2026-01-30", "2026-01-31")) == datetime(2026, 2, 1)


def test_a_day_ends_at_midnight_of_its_zone(cleaned):
    # The 30th of March, the day after the clocks went forward, ends at 22:00 UTC.
    berlin = '[project]\ntimezone = "Europe/Berlin"\n'
    assert ends(cleaned, berlin + ORDERS, **csv("2026-03-28", "2026-03-29")) == datetime(2026, 3, 29, 22)


@pytest.mark.parametrize("day", ["2017-10-14", "2017-10-15", "2017-10-16"])
def test_days_whose_midnight_the_clock_skips_are_whole_days_too(cleaned, day):
    # In São Paulo the 15th of October 2017 began at 01:00.
    toml = '[project]\ntimezone = "America/Sao_Paulo"\n' + ORDERS
    end = {"2017-10-14": datetime(2017, 10, 15, 3), "2017-10-15": datetime(2017, 10, 16, 2)}
    assert ends(cleaned, toml, **csv("2017-10-01", day)) == end.get(day, datetime(2017, 10, 17, 2))


def test_days_of_a_zone_half_an_hour_off_are_whole_days_too(cleaned):
    india = '[project]\ntimezone = "Asia/Kolkata"\n'
    assert ends(cleaned, india + ORDERS, **csv("2026-01-30", "2026-01-31")) == datetime(2026, 1, 31, 18, 30)


def test_the_newest_time_is_the_newest_instant(cleaned):
    # Berlin's clock shows 02:30 twice on this night, at 00:30 and at 01:30 UTC.
    berlin = '[project]\ntimezone = "Europe/Berlin"\n'
    files = csv("2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z")
    assert ends(cleaned, berlin + ORDERS, **files) == datetime(2026, 10, 25, 1, 30)


def test_the_logs_end_with_the_longest_table(cleaned):
    events = {"events.csv": "user_id,time\n1,2026-02-01 09:00\n"}
    assert ends(cleaned, ORDERS + EVENTS, **csv("2026-01-31"), **events) == datetime(2026, 2, 1, 9)


def test_attributes_of_users_do_not_end_the_logs(cleaned):
    users = {"users.csv": "user_id,time\n1,2026-05-01 09:00\n"}
    toml = ORDERS + '[tables.users]\npath = "users.csv"\n'
    tables, _ = cleaned(toml, NOW, **csv("2026-01-30", "2026-01-31"), **users)
    assert (tables.observed_from, tables.observed_until) == (datetime(2026, 1, 30), datetime(2026, 2, 1))


def test_bad_rows_do_not_end_the_logs(cleaned):
    lenient = "[quality]\nmax_bad_share = 0.5\n"
    assert ends(cleaned, lenient + ORDERS, **csv("2026-01-31 08:00", "2031-01-01 08:00")) == datetime(2026, 1, 31, 8)


@pytest.mark.parametrize("written", ['"2026-03-01"', "2026-03-01", "2026-03-01T00:00:00"])
def test_the_end_is_as_configured(cleaned, written):
    toml = f"[churn]\nobserved_until = {written}\n" + SHANGHAI + ORDERS
    assert ends(cleaned, toml, **csv("2026-01-31")) == datetime(2026, 2, 28, 16)


def test_an_end_that_is_no_time_is_told(cleaned):
    with pytest.raises(BadInput) as caught:
        cleaned('[churn]\nobserved_until = "soon"\n' + ORDERS, **csv("2026-01-31"))
    assert str(caught.value) == (
        "holdfast.toml: churn.observed_until: 'soon' is not a date or time; write 2026-01-31 or 2026-01-31T12:00"
    )


def test_a_person_s_time_may_carry_a_zone():
    assert parse_time("2026-01-31T12:00+08:00", "Europe/Berlin", "--as-of") == datetime(2026, 1, 31, 4)
    assert parse_time("2026-01-31", "Europe/Berlin", "--as-of") == datetime(2026, 1, 30, 23)
