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


def test_what_a_manifest_says_is_not_an_engine_s_own_estimate():
    one, other = (Counts(3, 3, 0, 0, {}, users=users).plain() for users in (2, 3))
    assert one == other and one["rows"] == 3 and one["reasons"] == {}
