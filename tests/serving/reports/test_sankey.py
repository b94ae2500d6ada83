from datetime import datetime
from itertools import pairwise

import pytest

from features.groups.lifecycle import ABSENT, Flow
from serving.reports import sankey

JAN, FEB, MAR = (datetime(2026, month, 1) for month in (1, 2, 3))
FLOWS = [
    Flow(JAN, FEB, {("new", "active"): 6, ("new", "gone"): 2, ("active", "active"): 5, (ABSENT, "new"): 3}),
    Flow(FEB, MAR, {("active", "active"): 7, ("active", "gone"): 4, ("gone", "gone"): 2, ("new", "active"): 3}),
]
LABELS = {"new": "new users", "active": "active", "gone": "gone"}


def test_every_stage_has_a_colour_of_its_own():
    stages = [f"s{number}" for number in range(11)]
    paint = sankey.colours(stages)
    assert len({paint[name] for name in stages}) == 11
    assert ABSENT in paint


def test_the_picture_is_a_png_and_nothing_else_is_left(tmp_path):
    sankey.png(FLOWS, LABELS, tmp_path / "flow.png")
    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["flow.png"]


def test_stages_stand_in_their_order_with_those_that_have_no_name():
    flows = [*FLOWS, Flow(MAR, MAR, {("extra", "gone"): 1})]
    assert sankey.order(flows, LABELS) == ["new", "active", "gone", "extra", ABSENT]


def test_boxes_are_as_high_as_their_share_and_do_not_overlap():
    boxes = sankey._boxes({"new": 8, "active": 5, ABSENT: 3}, [*LABELS, ABSENT], 16)
    assert {name: high - low for name, (low, high) in boxes.items()} == pytest.approx(
        {"new": 0.5, "active": 5 / 16, ABSENT: 3 / 16}
    )
    edges = sorted(boxes.values())
    assert all(after[0] >= before[1] for before, after in pairwise(edges))


def test_the_sums_of_a_date_are_those_of_the_flow_that_leaves_it():
    assert sankey.sums(FLOWS, 0) == {"new": 8, "active": 5, ABSENT: 3}
    assert sankey.sums(FLOWS, 1) == {"active": 11, "gone": 2, "new": 3}
    assert sankey.sums(FLOWS, 2) == {"active": 10, "gone": 6}
