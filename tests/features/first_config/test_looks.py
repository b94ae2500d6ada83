"""What values look like, in whatever notation they are."""

from decimal import Decimal

import pytest

from features.first_config import looks


@pytest.mark.parametrize(
    "values, wanted",
    [
        (["2026-01-31", "2026-02-01 12:00"], True),
        (["31.01.2026", "01.02.2026"], True),
        (["1767225600", "1767312000"], True),
        (["12:30", "13:45:10"], False),
        (["1", "2", "3"], False),
        (["red", "green"], False),
        ([], False),
    ],
)
def test_times_are_told(values, wanted):
    assert looks.is_time(values) is wanted


def test_hours_without_a_day_are_told():
    assert looks.is_hour_alone(["9:30", "10:45:12", "1:05 PM"]) and not looks.is_hour_alone(["2026-01-01 9:30"])


def test_numbers_are_read_in_their_own_notation():
    assert looks.numbers(["1.234,50", "-2,00", None, "(3,00)"]) == [
        *(Decimal("1234.50"), Decimal("-2.00"), None, Decimal("-3.00"))
    ]
    assert looks.numbers(["€ 12.50", "1e3"]) == [Decimal("12.50"), Decimal("1E+3")]


def test_texts_and_nothing_are_no_numbers():
    assert looks.numbers(["a", "b"]) is None and looks.numbers([]) is None and looks.numbers([None]) is None


def test_numbers_in_many_notations_may_be_numbers_and_times_may_not():
    assert looks.may_be_number(["12.5", "12,5", "1 234,50", "EUR 7"])
    assert not looks.may_be_number(["2026-01-31", "2026-02-01"]) and not looks.may_be_number(["A-1 large", "b"])


def test_addresses_are_told():
    assert looks.is_address(["a@x.example", "b@x.example", "none"]) and not looks.is_address(["a", "b"])
