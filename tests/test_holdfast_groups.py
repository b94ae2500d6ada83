"""`holdfast stages` and `holdfast layers`: what is printed is what is written."""

import json
import re
from collections import Counter
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from matplotlib.image import imread

from features.simulate import simulate

TOML = """\
[tables.orders]
path = "data/orders/*.parquet"
[churn]
horizon_days = 30
eligible_days = 60
"""
FROM, TO = datetime(2025, 11, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)
NAMES = {"lapsed 30 d": "lapsed_1", "lapsed 60 d": "lapsed_2", "lapsed 120 d": "lapsed_3", "at risk": "at_risk"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A base that was never scored."""
    folder = tmp_path_factory.mktemp("groups")
    simulate(folder / "data", 400, days=200)
    (folder / "holdfast.toml").write_text(TOML)
    return folder


@pytest.fixture
def inside(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def tables(text):
    """Title → rows of cells, the heading first, of every table that was printed."""
    found, title = {}, ""
    for before, line in zip(["", *text.splitlines()], text.splitlines(), strict=False):
        if line.startswith("┏"):
            title = before.strip()
        elif line.startswith(("┃", "│")):
            found.setdefault(title, []).append([cell.strip() for cell in re.split("[┃│]", line)[1:-1]])
    return found


def test_stages_print_the_table_and_the_flow_that_they_write(inside, holdfast):
    ran = holdfast("stages", "--from", "2025-11-01", "--to", "2025-12-01", "--every", 30, "--out", inside / "out")
    assert (ran.code, ran.err) == (0, "")
    rows = pq.read_table(inside / "out" / "stages.parquet").to_pylist()
    users = Counter((row["as_of"], row["stage"]) for row in rows)
    (head, *shown), (across, *flow) = tables(ran.out).values()
    assert head[:4] == ["stage", "阶段", "2025-11-01", "2025-12-01"]
    *stages, healthy = shown
    assert len({row["stage"] for row in rows}) > 5
    for name, _, *by_date, _, _ in stages:
        counts = [users[at, NAMES.get(name, name)] for at in (FROM, TO)]
        totals = [sum(row["as_of"] == at for row in rows) for at in (FROM, TO)]
        assert [re.split(r"\s+", cell) for cell in by_date] == [
            [f"{count}", f"{count / total:.0%}"] for count, total in zip(counts, totals, strict=True)
        ]
    well = [sum(row["healthy"] for row in rows if row["as_of"] == at) for at in (FROM, TO)]
    assert [cell.split()[0] for cell in healthy[2:4]] == [f"{count}" for count in well] and well[1] > 0
    moves = {(row[0], to): int(n) for row in flow for to, n in zip(across[1:], row[1:], strict=True) if n}
    assert {tuple(NAMES.get(one, one) for one in pair): n for pair, n in moves.items()} == {
        (one["from"], one["to"]): one["users"] for one in pq.read_table(inside / "out" / "flow.parquet").to_pylist()
    }
    names = ["flow.html", "flow.png", "stages.parquet", "flow.parquet"]
    assert sorted(file.name for file in (inside / "out").iterdir()) == sorted(names)
    assert {f"wrote {inside / 'out' / name}" for name in names} <= set(ran.out.splitlines())


def test_the_picture_of_the_flow_shows_every_large_stage_in_its_colour(inside, holdfast):
    from matplotlib.colors import to_rgb

    from features.config import load
    from features.groups.lifecycle import names
    from serving.reports.sankey import colours

    assert holdfast("stages", "--from", "2025-11-01", "--to", "2025-12-01", "--out", inside / "seen").code == 0
    picture = imread(inside / "seen" / "flow.png")[:, :, :3]
    last = [row["stage"] for row in pq.read_table(inside / "seen" / "stages.parquet").to_pylist() if row["as_of"] == TO]
    large = {name: count / len(last) for name, count in Counter(last).items() if count > 0.05 * len(last)}
    paint = colours(list(names(load(inside / "holdfast.toml"))))
    heights = {}
    for name in large:
        is_it = (abs(picture - to_rgb(paint[name])) < 0.01).all(axis=2)
        heights[name] = is_it[:, is_it[:, is_it.shape[1] // 2 :].sum(axis=0).argmax() + is_it.shape[1] // 2].sum()
    # A box is as high as its share of the users.
    unit = sum(heights.values()) / sum(large.values())
    assert len(large) > 2 and unit > 100
    assert {name: height / unit for name, height in heights.items()} == pytest.approx(large, abs=0.02)


def test_layers_print_the_groups_that_they_write_and_keep_their_cuts(inside, holdfast):
    ran = holdfast("layers", "--as-of", "2025-12-01", "--out", inside / "groups")
    assert (ran.code, ran.err) == (0, "")
    table = pq.read_table(inside / "groups" / "layers.parquet")
    found = tables(ran.out)
    assert "rfm" in table.column_names
    assert list(found) == [f"{name} as of 2025-12-01" for name in table.column_names[1:]]
    for title, (head, *rows) in found.items():
        assert head == ["group", "分组", "users", "share"]
        counts = Counter(table[title.split()[0]].to_pylist())
        assert {row[0]: row[2:] for row in rows if counts[row[0]]} == {
            name: [f"{n:,}", f"{n / len(table):.0%}"] for name, n in counts.items()
        }
        assert all(row[2:] == ["0", "0%"] for row in rows if not counts[row[0]])
    cuts = json.loads((inside / "groups" / "cuts.json").read_text())["cuts"]
    shown = [line.removeprefix("cuts: ").split(", ") for line in ran.out.splitlines() if line.startswith("cuts: ")]
    assert {cut for line in shown for cut in line} == {f"{key} = {value:,.4g}" for key, value in cuts.items()} != set()
    *_, left_out, first, second, third = ran.out.splitlines()
    assert left_out == "no snapshot of 2025-12-01: left out risk_value; make one with 'holdfast score'"
    names = ("layers.parquet", "counts.parquet", "cuts.json")
    assert [first, second, third] == [f"wrote {inside / 'groups' / name}" for name in names]


def test_one_layer_may_be_asked_for_and_cuts_hold_until_recut(inside, holdfast):
    out = inside / "kept"
    assert holdfast("layers", "rfm", "--as-of", "2025-10-01", "--out", out).code == 0
    kept = (out / "cuts.json").read_text()
    again = holdfast("layers", "rfm", "--as-of", "2025-12-01", "--out", out)
    assert list(tables(again.out)) == ["rfm as of 2025-12-01"] and (out / "cuts.json").read_text() == kept
    assert pq.read_table(out / "layers.parquet").column_names == ["user_id", "rfm"]
    assert holdfast("layers", "rfm", "--as-of", "2025-12-01", "--out", out, "--recut").code == 0
    assert json.loads((out / "cuts.json").read_text())["cuts"] != json.loads(kept)["cuts"]
