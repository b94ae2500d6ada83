"""Sums lose exactly what these users had in them."""

import pyarrow as pa

from features.boards.scored.cube import BY, SUMS
from serving.rights.cube import less

GROUP = {name: name for name in BY}
ROW = {**GROUP, "eligible": True, **dict.fromkeys(SUMS, 0.25), "lifetime_value": None}


def cube(*groups):
    return pa.Table.from_pylist(list(groups))


def test_a_group_keeps_the_others_and_a_group_of_one_goes():
    three = {**GROUP, "users": 3, "scored": 2, "contactable": 3, **dict.fromkeys(SUMS, 1.0)}
    one = {**three, "stage": None, "users": 1, "scored": 1, "contactable": 0}
    rows = pa.Table.from_pylist([ROW, {**ROW, "stage": None}])
    (left,) = less(cube(three, one), rows).to_pylist()
    sums = dict.fromkeys(SUMS, 0.75) | {"lifetime_value": 1.0}
    assert left == {**GROUP, "users": 2, "scored": 1, "contactable": 2, **sums}


def test_rows_of_no_group_change_nothing():
    told = cube({**GROUP, "users": 1, "scored": 0, "contactable": 1, **dict.fromkeys(SUMS, 0.1)})
    assert less(told, pa.Table.from_pylist([{**ROW, "stage": "other"}])) == told
