"""Every row is told once, and a table whose parts are not all its rows stops the run."""

import pytest

from features.errors import BadInput
from features.tables.counts import Counts


def test_parts_that_are_all_rows_agree():
    counts = Counts(21, 6, 5, 1, {"x": 1}, guests=4, cancelled=3, repeats=2)
    assert counts.agree("orders") is counts
    assert str(counts) == ("21 rows = 6 used + 5 merged + 4 guests + 3 cancelled + 2 repeats + 1 quarantined (1 x)")


def test_a_row_that_is_lost_stops_the_run():
    with pytest.raises(BadInput, match="tables.orders: 3 rows were counted and 2 read; .* run it again"):
        Counts(3, 2, 0, 0, {}).agree("orders")
