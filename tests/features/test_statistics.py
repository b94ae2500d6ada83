import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.statistics import difference_interval, holm, wilson


def test_intervals_are_those_of_the_literature():
    assert wilson(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, part I
    assert difference_interval(56, 70, 48, 80, 0.95) == pytest.approx((0.0524, 0.3339), abs=1e-4)  # part II, (a) 10
    assert difference_interval(10, 10, 0, 10, 0.95) == pytest.approx((0.6075, 1.0), abs=1e-4)  # part II, (h) 10


def test_wilsons_interval_takes_arrays_and_stays_within_nought_and_one():
    low, high = wilson(np.array([0, 50, 100]), np.array([100, 100, 100]))
    assert low == pytest.approx([0, 0.4038, 0.9630], abs=1e-4) and high == pytest.approx([0.0370, 0.5962, 1], abs=1e-4)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=10))
def test_holm_never_lowers_a_p_nor_changes_their_order(p):
    corrected = holm(p)
    assert all(after >= before or after == 1.0 for before, after in zip(p, corrected, strict=True))
    assert all(corrected[i] <= corrected[j] for i in range(len(p)) for j in range(len(p)) if p[i] < p[j])
