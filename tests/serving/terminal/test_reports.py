"""Stages, layers and the funnel as a person reads them."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from features.groups.group_differences import Divergence
from serving.reports.funnel import Funnel
from serving.terminal import reports


@pytest.fixture
def leaking():
    """leaking(groups, …): a funnel in which nobody cancels, and so many groups, of which the first diverges."""

    def make(groups=0, **more):
        one = Divergence("cart", "plan", "[b]", 200, 0.1, 400, 0.25, -0.21, -0.08, 0.001)
        found = [one, *(replace(one, group=f"g{n}", p=0.5) for n in range(1, groups))][:groups]
        given = {"attributes": ["plan"], "without": [], "files": [Path("funnel.parquet")]} | more
        users = {"visit": 600, "cart": 300, "cancel": 0}
        return Funnel(as_of=datetime(2026, 1, 1), days=30, known=1000, users=users, found=found, **given)

    return make


def test_a_funnel_shows_shares_and_marks_the_groups_that_diverge(capsys, leaking):
    reports.show_funnel(leaking(25))
    text = capsys.readouterr().out
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]
    assert cells[:3] == [
        ["visit", "600", "60.0%", "100.0%"],
        ["cart", "300", "50.0%", "50.0%"],
        ["cancel", "0", "0.0%", "0.0%"],
    ]
    assert cells[3] == ["*", "cart", "plan", "[b]", "200", "10.0%", "25.0%", "-15.0", "-21.0 … -8.0", "0.001"]
    assert cells[4][0] == "" and len(cells) == 3 + reports.GROUPS
    assert "1 of 25 diverge" in text and "5 more groups are in funnel.parquet" in text


def test_a_funnel_says_what_was_left_out_and_why(capsys, leaking):
    reports.show_funnel(leaking(attributes=[], without=["plan"]))
    text = capsys.readouterr().out
    assert "left out plan: only today's value is known; give users a time" in text
    assert "no groups large enough to compare by no attribute; name some in funnel.attributes" in text
