"""What a person reads of snapshots: the list, who moved, what was verified and removed."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from features.config import load
from serving.batch.diff import Diff
from serving.batch.listing import Entry
from serving.batch.prune import Pruned
from serving.terminal.snapshots import show_diff, show_pruned, show_shelf, show_verified

ROWS = pa.table({"user_id": [1, 2, 3]})
MADE = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)


@pytest.fixture
def snapshot(write_snapshot):
    return write_snapshot("2026-01-31-abc", ROWS, eligible=2, model_version="7-cafe")


@pytest.fixture
def config(tmp_path):
    (tmp_path / "holdfast.toml").write_text('[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n')
    return load(tmp_path / "holdfast.toml")


def test_the_list_names_every_snapshot_and_what_is_wrong_with_one(snapshot, capsys):
    bad = Entry(Path("snapshots/2026-01-01-[red]"), MADE, 999, False, None, "manifest.json: damaged")
    show_shelf([Entry(snapshot.folder, MADE, 12_345_678, True, snapshot), bad])
    first, second, *rest = [
        line for line in capsys.readouterr().out.splitlines() if "2026-" in line or "damaged" in line
    ]
    for word in ("latest", "2026-01-31-abc", "2026-01-31 00:00", "2026-03-01 04:30", "3", "2", "7-cafe", "12.3 MB"):
        assert word in first
    assert "2026-01-01-[red]" in second and "999 bytes" in second and "latest" not in second
    assert rest == ["manifest.json: damaged"]


def test_an_empty_list_says_what_to_do(capsys):
    show_shelf([])
    assert capsys.readouterr().out == "no snapshot yet; make one with 'holdfast score'\n"


def test_a_verified_snapshot_is_told_with_its_users(snapshot, capsys):
    show_verified(snapshot)
    assert capsys.readouterr().out == f"{snapshot.folder}: 3 users, 16 parts, all as they were written\n"


def test_moves_stand_in_the_configured_order_with_the_share_of_who_moved(snapshot, config, capsys):
    bands = {("high", "high"): 3, ("high", "low"): 1, ("low", "medium"): 1000, (None, "low"): 2, ("old", "low"): 1}
    out = Path("movers.parquet")
    show_diff(config, Diff(snapshot, snapshot, 1007, 5, 6, 1004, {"risk_band": bands}), out)
    told = capsys.readouterr().out
    assert "1,007 users in both, 5 came, 6 went; 1,004 of those in both moved" in told
    assert told.endswith("wrote movers.parquet: 1,015 users who moved, came or went\n")
    table = [line.replace("│", " ").split("  ") for line in told.splitlines() if "│" in line or "┃" in line]
    cells = [[cell.strip(" ┃") for cell in row if cell.strip(" ┃")] for row in table]
    assert [row[0] for row in cells[1:]] == ["low", "medium", "high", "old", "not eligible"]
    assert cells[1] == ["low", "1,000", "100.0%"] and cells[3] == ["high", "1", "3", "25.0%"]
    assert cells[2] == ["medium", "–"]


def test_stages_that_users_moved_between_are_called_as_everywhere(snapshot, config, capsys):
    moves = {("lapsed_1", "resurrected"): 7, ("gone", "at_risk"): 2}
    show_diff(config, Diff(snapshot, snapshot, 9, 0, 0, 9, {"stage": moves}), None)
    lines = capsys.readouterr().out.splitlines()
    (head,) = [line for line in lines if line.startswith("┃")]
    assert [cell.strip() for cell in head.split("┃")[2:-1]] == [
        "lapsed 30 d",
        "resurrected",
        "at risk",
        "gone",
        "moved",
    ]
    (row,) = [line for line in lines if line.startswith("│ lapsed 30 d")]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == ["lapsed 30 d", "", "7", "", "", "100.0%"]


@pytest.mark.parametrize(("dry_run", "verb"), [(True, "would remove"), (False, "removed")])
def test_what_is_removed_is_named(capsys, dry_run, verb):
    show_pruned(Pruned({Path("a"): 2_000_000}, {Path("b"): 500_000}), dry_run)
    assert capsys.readouterr().out.splitlines() == [
        f"{verb} snapshot a: 2.0 MB",
        f"{verb} unfinished run b: 500.0 kB",
        f"{verb} 2 folders, 2.5 MB",
    ]


def test_nothing_to_remove_is_told(capsys):
    show_pruned(Pruned({}, {}), False)
    assert capsys.readouterr().out == "nothing to remove\n"
