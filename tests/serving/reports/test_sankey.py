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


def test_the_page_stands_alone_and_holds_every_flow(tmp_path):
    sankey.html(FLOWS, LABELS, tmp_path / "flow.html")
    page = (tmp_path / "flow.html").read_text(encoding="utf-8")
    assert '<script src="' not in page.split("Plotly.newPlot")[0].replace("<script src='", '<script src="')
    assert '"new users"' in page
    assert '"value":[6,2,5,3,7,4,2,3]' in page
    assert [file.name for file in tmp_path.iterdir()] == ["flow.html"]


def test_boxes_are_as_high_as_their_share_and_do_not_overlap():
    boxes = sankey._boxes({"new": 8, "active": 5, ABSENT: 3}, [*LABELS, ABSENT], 16)
    assert {name: high - low for name, (low, high) in boxes.items()} == pytest.approx(
        {"new": 0.5, "active": 5 / 16, ABSENT: 3 / 16}
    )
    edges = sorted(boxes.values())
    assert all(after[0] >= before[1] for before, after in pairwise(edges))


def test_the_sums_of_a_date_are_those_of_the_flow_that_leaves_it():
    assert sankey._sums(FLOWS, 0) == {"new": 8, "active": 5, ABSENT: 3}
    assert sankey._sums(FLOWS, 1) == {"active": 11, "gone": 2, "new": 3}
    assert sankey._sums(FLOWS, 2) == {"active": 10, "gone": 6}
