"""Stages, layers and the funnel as a person reads them."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from features.config import load
from features.config.layer_rules import Group, Layer, read
from features.groups.group_differences import Divergence
from features.groups.lifecycle import ABSENT, Placed, flow, tally
from serving.reports.funnel import Funnel
from serving.reports.layers import Layered
from serving.reports.stages import Stages
from serving.terminal import reports

JAN, FEB = datetime(2026, 1, 1), datetime(2026, 2, 1)


def cells(text, width):
    """The cells of the rows of the tables that have so many columns."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]
    return [row for row in rows if len(row) == width]


@pytest.fixture
def leaking():
    """leaking(groups, …): a funnel in which nobody cancels, and so many groups, of which the first diverges."""

    def make(groups=0, **more):
        one = Divergence("cart", "plan", "[b]", 200, 0.1, 400, 0.25, -0.21, -0.08, 0.001)
        found = [one, *(replace(one, group=f"g{n}", p=0.5) for n in range(1, groups))][:groups]
        given = {"attributes": ["plan"], "without": [], "files": [Path("funnel.parquet")]} | more
        users = {"visit": 600, "cart": 300, "cancel": 0}
        return Funnel(as_of=datetime(2026, 1, 1), days=30, known=1000, users=users, differences=found, **given)

    return make


def test_a_funnel_shows_shares_and_marks_the_groups_that_diverge(capsys, leaking):
    reports.show_funnel(leaking(25))
    text = capsys.readouterr().out
    assert cells(text, 4) == [
        ["visit", "600", "60.0%", "100.0%"],
        ["cart", "300", "50.0%", "50.0%"],
        ["cancel", "0", "0.0%", "0.0%"],
    ]
    first, second, *rest = cells(text, 10)
    assert first == ["*", "cart", "plan", "[b]", "200", "10.0%", "25.0%", "-15.0", "-21.0 … -8.0", "0.001"]
    assert second[0] == "" and len(rest) == reports.GROUPS - 2
    assert "1 of 25 diverge" in text and "5 more groups are in funnel.parquet" in text


def test_a_funnel_says_what_was_left_out_and_why(capsys, leaking):
    reports.show_funnel(leaking(attributes=[], without=["plan"]))
    text = capsys.readouterr().out
    assert "left out plan: only today's value is known; give users a time" in text
    assert "no groups large enough to compare by no attribute; name some in funnel.attributes" in text


def placed(at, band, **stages):
    """Users on the stages given, by their ids; the loyal ones are healthy, the lapsed ones not eligible."""
    users = [(user, stage) for stage, ids in stages.items() for user in ids]
    ids, names = zip(*users, strict=True)
    loyal, here = [name == "loyal" for name in names], [name != "lapsed_3" for name in names]
    return Placed(at, pa.table({"user_id": ids, "stage": names, "healthy": loyal, "eligible": here}), band)


@pytest.fixture
def moved(tmp_path):
    """Three users, then four, of whom one went from loyal to lapsed, one came, and one stood still."""
    (tmp_path / "holdfast.toml").write_text('[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n')
    before = placed(JAN, False, loyal=["a", "b"], lapsed_3=["c"])
    after = placed(FEB, True, lapsed_1=["a"], loyal=["b"], lapsed_3=["c"], new=["d"])
    config = load(tmp_path / "holdfast.toml")
    tallies, days = [tally(config, one) for one in (before, after)], {"loyal": 31.0, "lapsed_3": 31.0}
    return config, Stages(tallies, [flow(before, after)], days, [Path("stages.parquet"), Path("flow.png")])


def test_stages_show_users_and_shares_by_date_and_how_long_they_stay(capsys, moved):
    reports.show_stages(*moved)
    text = capsys.readouterr().out
    rows = {row[0]: row[1:] for row in cells(text, 6)}
    assert list(rows)[:4] == ["prospect", "lapsed 120 d", "lapsed 60 d", "lapsed 30 d"] and len(rows) == 12
    assert rows["loyal"] == ["忠诚", "2  67%", "1  25%", "33%", "31"]
    assert rows["lapsed 120 d"] == ["流失 120 天", "1  33%", "1  25%", "0%", "31"]
    assert rows["lapsed 30 d"] == ["流失 30 天", "0   0%", "1  25%", "33%", "–"]  # nobody was there at the first date
    assert rows["healthy"] == ["健康", "2  67%", "1  25%", "", ""]
    head = next(line for line in text.splitlines() if line.startswith("┃"))
    assert [cell.strip() for cell in head.split("┃")[3:5]] == ["2026-01-01", "2026-02-01"]
    assert text.splitlines()[-2:] == ["wrote stages.parquet", "wrote flow.png"]


def test_the_flow_of_stages_stands_below_with_whoever_came(capsys, moved):
    reports.show_stages(*moved)
    text = capsys.readouterr().out
    below = text[text.index("Flow from 2026-01-01 (rows) to 2026-02-01 (columns)") :]
    head = next(line for line in below.splitlines() if line.startswith("┃"))
    assert [cell.strip() for cell in head.split("┃")[2:-1]] == ["lapsed 120 d", "lapsed 30 d", "new", "loyal"]
    assert cells(below, 5) == [
        ["lapsed 120 d", "1", "", "", ""],
        ["loyal", "", "1", "", "1"],
        [ABSENT, "", "", "1", ""],
    ]


def test_a_date_without_risk_bands_is_told(capsys, moved):
    reports.show_stages(*moved)
    assert "no snapshot of 2026-01-01: nobody is at risk there by the risk band alone\n" in capsys.readouterr().out


def test_layers_show_users_and_shares_by_group_their_cuts_and_what_is_left_out(capsys, tmp_path):
    often = Group("often", "常来", (read("order_total >= mean", "here"),))
    layer, there, gone = Layer("habit", (often, Group("[seldom]", "少来", ()))), tmp_path / "a.parquet", tmp_path / "b"
    there.touch()
    counts = {("habit", "often"): 1, ("habit", "[seldom]"): 3}
    cuts = {"order_total mean": 2.5, "of another layer": 1.0}
    reports.show_layers(Layered(JAN, [layer], counts, 4, cuts, ["risk_value"], [there, gone]))
    text = capsys.readouterr().out
    assert text.startswith("habit as of 2026-01-01 ")
    assert cells(text, 4) == [["often", "常来", "1", "25%"], ["[seldom]", "少来", "3", "75%"]]
    assert text.splitlines()[-3:] == [
        "cuts: order_total mean = 2.5",
        "no snapshot of 2026-01-01: left out risk_value; make one with 'holdfast score'",
        f"wrote {there}",
    ]
