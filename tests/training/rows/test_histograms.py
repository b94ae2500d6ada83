"""training/rows/histograms.py."""

import numpy as np
import pyarrow as pa
import pytest

from training.rows import histograms
from training.rows.histograms import added, of_numbers, of_table, of_texts, psi


@pytest.fixture
def spread():
    return np.random.default_rng(5).lognormal(3, 1, 4000)


def test_every_value_is_counted_once_whatever_it_is():
    found = of_numbers(np.array([np.nan, 0, -0.0, 1, -1, 3, 1e300, np.inf, -np.inf]))
    assert sum(found.values()) == 9
    assert (found[histograms.MISSING], found[histograms.ZERO], found["+0"], found["-0"]) == (1, 2, 1, 1)


def test_parts_add_up_to_the_whole(spread):
    parts = [{"x": of_numbers(part)} for part in np.array_split(spread, 7)]
    assert added(parts) == added([{"x": of_numbers(spread)}])


def test_the_same_spread_is_below_chance_and_another_unit_is_far_beyond(spread):
    again = np.random.default_rng(6).lognormal(3, 1, 4000)
    near, chance = psi(of_numbers(spread), of_numbers(again))
    assert near < 4 * chance < 0.05
    assert psi(of_numbers(spread), of_numbers(100 * spread))[0] > 5


def test_many_users_whose_one_value_crosses_a_bin_are_no_drift(spread):
    shared = np.concatenate([spread, np.full(3000, 0.4999)])
    moved = np.where(shared == 0.4999, 0.5001, shared)
    assert of_numbers(shared) != of_numbers(moved)
    assert psi(of_numbers(shared), of_numbers(moved))[0] < 0.1


def test_missing_values_move_the_index(spread):
    gone = np.where(np.arange(spread.size) % 2, np.nan, spread)
    assert psi(of_numbers(spread), of_numbers(gone))[0] > 1
    assert histograms.missing(of_numbers(gone)) == 0.5


def test_what_is_alike_for_everybody_tells_nothing():
    assert psi(of_numbers(np.full(500, 3.0)), of_numbers(np.full(500, 9.0))) == (0.0, 0.0)
    assert psi({}, of_numbers(np.ones(3))) == (0.0, 0.0)


def test_a_text_that_is_not_known_is_counted_and_not_kept():
    found = of_texts(pa.array(["a", "b", "13800138000", None]), ("a", "b"))
    assert found == {"=a": 1, "=b": 1, histograms.OTHER: 1, histograms.MISSING: 1}
    assert psi({"=a": 900, "=b": 100}, {"=a": 500, "=b": 500})[0] > 0.5


def test_a_table_has_a_histogram_a_feature():
    table = pa.table({"n": [1, 2, None], "yes": [True, False, True], "plan": ["a", "x", None]})
    found = of_table(table, ("n", "yes", "plan"), {"plan": ("a",)})
    assert found["yes"] == {histograms.ZERO: 1, "+0": 2}
    assert {name: sum(one.values()) for name, one in found.items()} == {"n": 3, "yes": 3, "plan": 3}
