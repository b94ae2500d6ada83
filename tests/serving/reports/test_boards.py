"""Boards of a date are made whole, once, beside snapshots that stay as they are."""

from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from serving.batch.snapshot import MANIFEST
from serving.boards.read import read
from serving.boards.shelf import boards_of
from serving.reports.boards import make_boards, told_files


@pytest.fixture
def apart(base, own):
    """The base with a store of the test's own, and that store."""
    return replace(base, config=own), own.store_path


def test_of_a_date_without_a_snapshot_those_of_the_tables_are_made_once(apart, as_of):
    base, store = apart
    at = as_of - timedelta(days=60)
    made = make_boards(base, at)
    assert made.anew and made.folder.parent == store / "boards" and made.folder.name.startswith(f"{at:%Y-%m-%d}-")
    boards = made.about["boards"]
    assert {"orders", "definitions"} <= boards["made"].keys() and "cube" in boards["missing"]
    days = read(made.folder, boards, "orders")["date"]
    assert max(days.to_pylist()) <= at.date() and told_files(made)["orders"] == len(days)
    again = make_boards(base, at)
    assert not again.anew and again.folder == made.folder
    assert {file.name for file in made.folder.iterdir()} == {MANIFEST, "boards"}


def test_of_a_snapshots_date_all_are_made_and_then_belong_to_it(base, as_of):
    goal = {"name": "more", "metric": "users", "target": 1, "by": "2030-01-01"}
    config = base.config.model_validate(base.config.model_dump() | {"goal": [goal], "file": base.config.file})
    before = (base.snapshot.folder / MANIFEST).read_bytes()
    folder, _ = boards_of(config.store_path, base.snapshot.folder, base.snapshot.manifest)
    assert folder == base.snapshot.folder
    made = make_boards(replace(base, config=config), as_of)
    try:
        folder, boards = boards_of(config.store_path, base.snapshot.folder, base.snapshot.manifest)
        assert folder == made.folder and made.about["snapshot"] == base.snapshot.run_id
        assert read(folder, boards, "goals")["value"].to_pylist() == [base.snapshot.manifest["users"]]
        assert sum(read(folder, boards, "cube")["users"].to_pylist()) == base.snapshot.manifest["users"]
        assert (base.snapshot.folder / MANIFEST).read_bytes() == before
    finally:
        for file in sorted(made.folder.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        made.folder.rmdir()


def test_a_board_says_what_its_columns_mean_in_its_file(base):
    entry = base.snapshot.manifest["boards"]["made"]["orders"]
    schema = pq.read_schema(base.snapshot.folder / entry["file"])
    assert schema.field("amount").metadata[b"meaning"] == b"Sum of the orders' amounts."
