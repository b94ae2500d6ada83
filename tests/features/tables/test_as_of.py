"""A date that nobody can know the past of is refused, and silence that nobody observed is told."""

from datetime import datetime, timedelta

import pytest

from features.errors import BadInput
from features.tables.as_of import read_date, unobserved

NOW = datetime(2026, 1, 31, 12)


def test_a_date_up_to_now_is_read_in_its_zone():
    assert read_date("2026-01-31", "Europe/Berlin", "--as-of", NOW) == datetime(2026, 1, 30, 23)
    assert read_date("2026-01-31T12:00", "UTC", "--as-of", NOW) == NOW


@pytest.mark.parametrize("text", ["2026-01-31T12:00:01", "2026-02-01", "2999-01-01", "2026-01-31T11:30-01:00"])
def test_a_date_later_than_now_is_refused_in_one_line(text):
    with pytest.raises(BadInput) as error:
        read_date(text, "UTC", "--to", NOW)
    cure = "so its past is not known yet; name a date up to today"
    assert str(error.value) == f"--to: '{text}' is later than now, {cure}"


def test_now_is_the_clock_where_nobody_says_otherwise():
    read_date("2026-01-01", "UTC", "--as-of")
    with pytest.raises(BadInput, match="later than now"):
        read_date("2999-01-01", "UTC", "--as-of")


def test_what_is_no_date_is_refused_under_the_same_name():
    with pytest.raises(BadInput, match="--from: 'soon' is not a date"):
        read_date("soon", "UTC", "--from", NOW)


@pytest.mark.parametrize(
    ("horizon", "after", "told"),
    [(30, 24, ""), (30, 36, "1.5 days"), (30, 24 * 400, "400 days"), (7, 1, ""), (7, 3, "0.1 days"), (30, -99, "")],
)
def test_silence_that_was_never_observed_is_told_from_a_step_on(horizon, after, told):
    note = unobserved(NOW + timedelta(hours=after), NOW, horizon)
    assert (told in note and "\n" not in note) if told else note == ""
