"""Which signs are proposed for numbers in text, and what is asked where the values cannot tell."""

import pytest

from features.notations.number_notations import propose_numbers

COLUMNS = {
    ("3,75",): {"decimal": ","},
    ("1,234", "3,5"): {"decimal": ","},
    ("1,234", "3.5"): {"thousands": ","},
    ("1,234,567",): {"thousands": ","},
    ("12,34,567",): {"thousands": ","},
    ("9.876,10",): {"decimal": ",", "thousands": "."},
    ("9 876,10", "3"): {"decimal": ",", "thousands": " "},
    ("9\u202f876,10",): {"decimal": ",", "thousands": " "},
    ("9’876.10",): {"thousands": "'"},
    ("€3.75", "4"): {"currency": "€"},
    ("3,75 kr", "-4 kr"): {"decimal": ",", "currency": "kr"},
    ("0,125",): {"decimal": ","},  # no thousand begins with a zero
    ("(3.75)", "3.75-", "1e3", "-3"): {},
}


@pytest.mark.parametrize("values, settings", COLUMNS.items(), ids=map(" | ".join, COLUMNS))
def test_signs_are_told_from_all_values(values, settings):
    proposal = propose_numbers(values)
    assert (proposal.settings, proposal.question, proposal.unread) == (settings, "", ())


def test_a_thousand_or_three_decimals_is_asked():
    assert propose_numbers(["1,234", "-2,345"]).question == (
        'what is \'1,234\': a number with decimal = ",", or with thousands = ","?'
    )


def test_several_currencies_are_no_sum():
    assert propose_numbers(["3 EUR", "4 USD"]).question == (
        'are EUR and USD one currency? If so: currency = ["EUR", "USD"]; if not, convert the amounts'
    )


def test_what_is_no_number_is_named():
    assert propose_numbers(["3.75", "free", "1.2.3", "3 or 4"]).unread == ("free", "1.2.3", "3 or 4")
