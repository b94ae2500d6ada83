"""A time format that cannot name a day is refused, with the cure."""

import pytest

from features.config.time_formats import check_time_format


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%Y%m%d%H%M%S", "%b %d, %Y %I:%M %p", "%Y-%j", "epoch_us", "excel"])
def test_formats_of_days_are_taken(form):
    assert check_time_format(form) == form


@pytest.mark.parametrize(
    "form, cure",
    [
        ("%d.%m", "names no year; add %Y"),
        ("%Y-%m", "names no day of the year; add %m and %d"),
        ("%Y-%m-%d %Z", "%Z is none of"),
        ("%d/%m/%Y %I:%M", "%I and %p"),
        ("DD/MM/YYYY", "is no time format; write a pattern"),
        ("%d/%m/%Y %", "is no time format"),
    ],
)
def test_others_are_refused_with_the_cure(form, cure):
    with pytest.raises(ValueError, match=cure):
        check_time_format(form)
