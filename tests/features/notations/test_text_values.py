"""Times and numbers are read as a table's section says, and what is not written so is null, never another value."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from features.errors import BadInput

LENIENT = "[quality]\nmax_bad_share = 1\n"
ORDERS = '[tables.orders]\npath = "orders.*"\n'
AT = datetime(2019, 4, 23, 17, 5)


@pytest.fixture
def one(cleaned):
    """one(settings, time=…, amount=…): the clean order beside a plain one, None where it is set aside."""

    def read(settings="", time="2019-04-23 17:05", amount="5", project=""):
        csv = f'user_id;time;amount\n1;"{time}";"{amount}"\n2;2019-01-01;5\n'
        toml = project + LENIENT + ORDERS + 'delimiter = ";"\nrefunds = "negative"\n' + settings
        _, rows = cleaned(toml, **{"orders.csv": csv})
        return next((row for row in rows["orders"] if row["user_id"] == 1), None)

    return read


TIMES = {
    "23.04.2019 17:05": "%d.%m.%Y %H:%M",
    "4/23/2019 5:05 PM": "%m/%d/%Y %I:%M %p",
    "23apr2019:17:05": "%d%b%Y:%H:%M",
    "2019年4月23日 17:05": "%Y年%m月%d日 %H:%M",
    "23/04/2019 19:05+0200": "%d/%m/%Y %H:%M%z",
    "23/04/2019 17:05Z": "%d/%m/%Y %H:%M%z",
    "1556039100": "epoch_s",
    "1556039100000": "epoch_ms",
    "1556039100000000": "epoch_us",
    "43578.711805555555": "excel",
    "2019-04-23T17:05": "%d/%m/%Y",  # ISO is read beside any format
}


@pytest.mark.parametrize("text, form", TIMES.items(), ids=TIMES)
def test_a_time_is_read_by_its_format(one, text, form):
    assert one(f'time_format = "{form}"\n', time=text)["time"] == AT


def test_the_first_format_that_fits_counts(one):
    formats = 'time_format = ["%d/%m/%Y", "%m/%d/%Y"]\n'
    assert one(formats, time="01/02/2019")["time"] == datetime(2019, 2, 1)
    assert one(formats, time="04/23/2019")["time"] == datetime(2019, 4, 23)


@pytest.mark.parametrize(
    "text, form",
    [("24/04/19 1", "%d/%m/%y"), ("1556039100", "%Y%m%d"), ("1e300", "epoch_s"), ("9e9", "excel"), ("0", "excel")],
)
def test_what_a_format_does_not_read_is_set_aside(one, text, form):
    assert one(f'time_format = "{form}"\n', time=text) is None


def test_wall_clock_formats_follow_the_zone_and_epochs_do_not(one):
    berlin = '[project]\ntimezone = "Europe/Berlin"\n'
    assert one('time_format = "%d.%m.%Y %H:%M"\n', time="23.04.2019 19:05", project=berlin)["time"] == AT
    assert one('time_format = "excel"\n', time="43578.795138888891", project=berlin)["time"] == AT
    assert one('time_format = "epoch_s"\n', time="1556039100", project=berlin)["time"] == AT


NUMBERS = {
    "9,876.10": ('thousands = ","', "9876.10"),
    "9.876,10": ('decimal = ","\nthousands = "."', "9876.10"),
    "9 876,10": ('decimal = ","\nthousands = " "', "9876.10"),
    "9\u202f876,10": ('decimal = ","\nthousands = " "', "9876.10"),
    "9’876.10": ('thousands = "\'"', "9876.10"),
    "12,34,567": ('thousands = ","', "1234567"),
    "£3.75": ('currency = "£"', "3.75"),
    "3.75 EUR": ('currency = ["EUR", "€"]', "3.75"),
    "-£ 1,000": ('currency = "£"\nthousands = ","', "-1000"),
    "(3.75)": ("", "-3.75"),
    "3.75-": ("", "-3.75"),
    " 3.75 ": ("", "3.75"),
    "1e3": ("", "1000"),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_read_by_its_signs(one, text):
    settings, number = NUMBERS[text]
    assert one(settings + "\n", amount=text)["amount"] == Decimal(number)


OTHERS = {"3,75": "", "1,2,3": 'thousands = ","', "3.75": 'decimal = ","', "£3": "", "0,125": 'thousands = ","'}


@pytest.mark.parametrize("text, settings", OTHERS.items(), ids=OTHERS)
def test_a_number_in_another_notation_is_set_aside(one, text, settings):
    assert one(settings + "\n", amount=text) is None


def test_whole_numbers_in_parquet_are_times_by_a_format(cleaned):
    times = {"epoch_s": 1556039100, "%Y%m%d": 20190423}
    for form, number in times.items():
        table = pa.table({"user_id": [1], "time": pa.array([number], pa.int64()), "amount": [5.0]})
        _, rows = cleaned(ORDERS.replace("*", "parquet") + f'time_format = "{form}"\n', **{"orders.parquet": table})
        assert rows["orders"][0]["time"].date() == AT.date()


def test_numbers_for_times_are_told_with_the_format_that_reads_them(cleaned):
    table = pa.table({"user_id": [1], "time": pa.array([1556039100], pa.int64()), "amount": [5.0]})
    with pytest.raises(BadInput) as caught:
        cleaned(ORDERS, **{"orders.parquet": table})
    assert str(caught.value) == (
        "tables.orders: column time holds numbers, not times, such as '1556039100': "
        'time_format = "epoch_s" would read them'
    )


def test_dates_are_read_by_the_same_formats(cleaned):
    users = {"users.csv": "user_id,birthday\n1,23.04.1990\n", "orders.csv": "user_id,time,amount\n1,2019-01-01,5\n"}
    toml = ORDERS + '[tables.users]\npath = "users.csv"\ntime_format = "%d.%m.%Y"\n'
    assert cleaned(toml, **users)[1]["users"][0]["birthday"] == datetime(1990, 4, 23).date()
