from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.charts.fit import apart, fit, width


def test_chinese_takes_more_room_than_latin_letters():
    assert width("流失风险", 10) == 40
    assert width("abcd", 10) < 40


@given(st.text(min_size=1), st.floats(20, 200))
def test_what_fits_is_the_text_or_its_beginning(text, room):
    shown = fit(text, room, 10)
    assert width(shown, 10) <= room
    assert shown == text or (shown[-1] == "…" and text.startswith(shown[:-1]) and width(text, 10) > room)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_places_stand_apart_in_their_order_and_within(wanted):
    placed = apart(wanted, 12, 0, 100)
    assert all(-1e-9 <= at <= 100 + 1e-9 for at in placed)
    assert all(b - a >= 12 - 1e-9 for a, b in pairwise(sorted(placed)))
    assert sorted(range(len(wanted)), key=wanted.__getitem__) == sorted(range(len(wanted)), key=placed.__getitem__)


def test_places_that_are_apart_stay_and_too_many_share_the_room():
    assert apart([70.0, 10.0, 40.0], 12, 0, 100) == [70, 10, 40]
    assert apart([5.0, 5.0, 5.0], 60, 0, 100) == pytest.approx([0, 50, 100])
