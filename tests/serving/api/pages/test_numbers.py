"""Numbers and dates are written as each language writes them."""

from datetime import date, datetime

import pytest

from serving.api.pages import numbers


@pytest.mark.parametrize(
    "form, value, en, zh",
    [
        ("count", 96272, "96,272", "96,272"),
        ("count", -30, "−30", "−30"),
        ("count", None, "–", "–"),
        ("short", 96272, "96,272", "9.6 万"),
        ("short", 20000, "20,000", "2 万"),
        ("short", 123_456_789, "123,456,789", "1.2 亿"),
        ("short", 9999, "9,999", "9,999"),
        ("short", 31.7, "31.70", "31.70"),
        ("money", 73.24, "73.24", "73.24"),
        ("money", 447.4, "447", "447"),
        ("money", 99.999, "100", "100"),
        ("money", 0, "0", "0"),
        ("share", 0.462, "46.2 %", "46.2 %"),
        ("share", -0.00001, "0.0 %", "0.0 %"),
        ("number", 1.50, "1.5", "1.5"),
        ("number", 30.0, "30", "30"),
        ("change", 53, "+53", "+53"),
        ("change", 0.2, "0", "0"),
        ("change", -30, "−30", "−30"),
        ("change_points", -0.011, "−1.1 pp", "−1.1 个百分点"),
        ("change_points", 0.0001, "0.0 pp", "0.0 个百分点"),
        ("day", date(2025, 12, 31), "31 Dec 2025", "2025年12月31日"),
        ("day", "2025-12-31T23:43:47", "31 Dec 2025", "2025年12月31日"),
        ("moment", datetime(2025, 1, 2, 3, 4), "2 Jan 2025 03:04", "2025年1月2日 03:04"),
    ],
)
def test_each_language_writes_it_its_own_way(form, value, en, zh):
    assert (getattr(numbers, form)(value, "en"), getattr(numbers, form)(value, "zh")) == (en, zh)


def test_a_boards_value_is_written_by_its_kind():
    told = [("count", 1200), ("share", 0.5), ("date", date(2025, 1, 2)), ("text", "<b>"), ("texts", ["a", "b"])]
    assert [numbers.shown(kind, value, "en") for kind, value in told] == [
        "1,200",
        "50.0 %",
        "2 Jan 2025",
        "<b>",
        "a, b",
    ]
    assert numbers.shown("texts", ["a", "b"], "zh") == "a、b" and numbers.shown("count", None, "zh") == "–"
