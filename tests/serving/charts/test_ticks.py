from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from serving.charts.ticks import ticks


def test_ticks_are_round():
    assert ticks(0, 1300) == [0, 500, 1000, 1500]
    assert ticks(-0.03, 0.06) == [-0.05, 0, 0.05, 0.1]
    assert ticks(0, 0.3) == [0, 0.1, 0.2, 0.3]


def test_of_one_number_zero_joins_and_to_zero_one():
    assert ticks(0, 0) == [0, 0.5, 1]
    assert ticks(40, 40) == [0, 10, 20, 30, 40]
    assert ticks(-4, -4) == [-4, -3, -2, -1, 0]


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.integers(2, 8))
def test_ticks_hold_both_ends_and_are_few_and_even(a, b, most):
    low, high = sorted((a, b))
    assume(high - low > 1e-3 * max(abs(low), abs(high)) or low == high)
    marks = ticks(a, b, most)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert marks[0] <= low + slack and marks[-1] >= high - slack
    assert 2 <= len(marks) <= most + 1
    steps = [d - c for c, d in pairwise(marks)]
    assert min(steps) > 0 and max(steps) - min(steps) < 1e-6 * max(steps) + slack
