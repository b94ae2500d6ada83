"""The snapshots of a store: all that are finished, newest first, each by its name."""

import json
import os
import shutil

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.batch import listing
from serving.batch.listing import named, pointed_at, shelf
from serving.batch.snapshot import publish

ROWS = pa.table({"user_id": [1, 2]})
RUNS = ["2026-01-01-aaa", "2026-02-01-bbb", "2026-03-01-ccc"]


@pytest.fixture
def store(write_snapshot, tmp_path):
    """Three snapshots, an hour apart, the last one the latest; an unfinished one; and one that is being removed."""
    for hour, run in enumerate(RUNS):
        os.utime(write_snapshot(run, ROWS, 0).folder / "manifest.json", (3600 * hour, 3600 * hour))
    (tmp_path / "snapshots" / "2026-04-01-ddd").mkdir()
    write_snapshot(".gone-2026-01-01-eee", ROWS, 0)
    publish(tmp_path / "snapshots" / RUNS[2])
    return tmp_path


def test_finished_snapshots_are_listed_newest_first(store):
    found = shelf(store)
    assert [entry.folder.name for entry in found] == RUNS[::-1]
    assert [entry.latest for entry in found] == [True, False, False]
    assert [entry.made.hour for entry in found] == [2, 1, 0]
    files = (store / "snapshots" / RUNS[0]).iterdir()
    assert found[2].size == sum(len(file.read_bytes()) for file in files)
    assert found[0].snapshot.manifest["as_of"] == "2026-03-01T00:00:00"


def test_an_empty_store_has_none(tmp_path):
    assert shelf(tmp_path) == [] and pointed_at(tmp_path) is None


def test_one_that_cannot_be_opened_is_listed_with_the_reason(store):
    (store / "snapshots" / RUNS[1] / "manifest.json").write_text(json.dumps({"users": 2}))
    found = {entry.folder.name: entry for entry in shelf(store)}[RUNS[1]]
    assert found.snapshot is None and "manifest.json: of an older format" in found.problem


def test_a_snapshot_is_found_by_its_name(store):
    assert [named(store, name).run_id for name in (RUNS[0], "latest", "previous")] == [RUNS[0], RUNS[2], RUNS[1]]
    publish(store / "snapshots" / RUNS[1])
    assert [named(store, name).run_id for name in ("latest", "previous")] == [RUNS[1], RUNS[0]]


def test_a_name_that_is_nobodys_is_told(store):
    with pytest.raises(BadInput, match="2026-03-01-ccd: no finished snapshot .*; did you mean '2026-03-01-ccc'?"):
        named(store, "2026-03-01-ccd")
    with pytest.raises(BadInput, match="no finished snapshot of that name"):
        named(store, "../snapshots/2026-03-01-ccc")
    publish(store / "snapshots" / RUNS[0])
    with pytest.raises(BadInput, match="no snapshot before the latest; make one with 'holdfast score'"):
        named(store, "previous")


def test_an_empty_store_has_no_latest(tmp_path):
    for name, what in {"latest": "no snapshot yet", "previous": "no snapshot before the latest"}.items():
        with pytest.raises(BadInput, match=what):
            named(tmp_path, name)


def test_a_snapshot_that_is_pruned_meanwhile_is_left_out(store, monkeypatch):
    entry = listing._entry

    def pruned(folder, current):
        if folder.name == RUNS[1]:
            shutil.rmtree(folder)
        return entry(folder, current)

    monkeypatch.setattr(listing, "_entry", pruned)
    assert [one.folder.name for one in shelf(store)] == [RUNS[2], RUNS[0]]
