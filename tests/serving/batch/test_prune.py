"""Clearing up: old snapshots and old remains go; the newest, the latest, and what is worked on stay."""

import os
import time

import pyarrow as pa
import pytest

from serving.batch.lock import alone
from serving.batch.prune import prune
from serving.batch.snapshot import latest, publish

ROWS = pa.table({"user_id": [1, 2]})
RUNS = ["2026-01-01-aaaaaaaaaa", "2026-02-01-bbbbbbbbbb", "2026-03-01-cccccccccc", "2026-04-01-dddddddddd"]


@pytest.fixture
def store(write_snapshot, tmp_path):
    """Four snapshots, the last the newest and the latest."""
    for hour, run in enumerate(RUNS):
        os.utime(write_snapshot(run, ROWS, 0).folder / "manifest.json", (3600 * hour, 3600 * hour))
    return tmp_path


def unfinished(store, name, hours):
    folder = store / "snapshots" / name
    folder.mkdir(parents=True)
    at = time.time() - 3600 * hours
    for path in (folder / "part-0.parquet", folder / "part-0.json", folder):
        if path != folder:
            path.write_text("rest")
        os.utime(path, (at, at))
    return folder


def left(store):
    return sorted(path.name for path in (store / "snapshots").iterdir() if path.is_dir())


def test_the_newest_stay(store):
    size = sum(file.stat().st_size for file in (store / "snapshots" / RUNS[0]).iterdir())
    found = prune(store, 2)
    assert left(store) == RUNS[2:] and latest(store).run_id == RUNS[3]
    assert [folder.name for folder in found.snapshots] == [RUNS[1], RUNS[0]] and size in found.snapshots.values()
    assert prune(store, 2).snapshots == {}


def test_the_latest_stays_however_old(store):
    publish(store / "snapshots" / RUNS[0])
    prune(store, 1)
    assert left(store) == [RUNS[0], RUNS[3]] and latest(store).look_up([2]).num_rows == 1


def test_a_dry_run_tells_and_leaves_everything(store):
    unfinished(store, "2026-05-01-eeeeeeeeee", hours=25)
    before = left(store)
    found = prune(store, 2, dry_run=True)
    assert (len(found.snapshots), len(found.unfinished)) == (2, 1) and left(store) == before
    assert prune(store, 2) == found


def test_remains_of_a_day_ago_go_and_younger_ones_stay(store):
    old, young = (unfinished(store, f"2026-05-0{n}-eeeeeeeeee", hours) for n, hours in ((1, 25), (2, 23)))
    found = prune(store, 9)
    assert found.unfinished == {old: 8} and left(store) == [*RUNS, young.name]


def test_temporary_files_of_a_day_ago_go(store):
    old, young = (store / "snapshots" / f".latest.{n}.tmp" for n in (1, 2))
    for file in (old, young):
        file.write_text("2026")
    os.utime(old, (time.time() - 90_000,) * 2)
    assert prune(store, 9).unfinished == {old: 4}
    assert not old.exists() and young.exists() and latest(store).run_id == RUNS[3]


@pytest.mark.parametrize("number", ["", "-2"])
def test_a_run_that_a_job_works_on_stays(store, number):
    folder = unfinished(store, f"2026-05-01-eeeeeeeeee{number}", hours=25)
    with alone(store / "work" / "2026-05-01-eeeeeeeeee.lock"), alone(store / "work" / f"{RUNS[0]}.lock"):
        found = prune(store, 2)
        assert folder.exists() and left(store) == [RUNS[0], *RUNS[2:], folder.name]
        assert [one.name for one in found.snapshots] == [RUNS[1]] and found.unfinished == {}
    assert folder in prune(store, 2).unfinished and left(store) == RUNS[2:]


def test_what_a_killed_removal_left_goes_at_once(store):
    (store / "snapshots" / RUNS[0]).rename(store / "snapshots" / f".gone-{RUNS[0]}")
    prune(store, 9)
    assert left(store) == RUNS[1:]


def test_whoever_reads_a_part_can_finish_it(write_snapshot, tmp_path):
    old = write_snapshot(RUNS[0], ROWS, 0)
    assert old.look_up([1]).num_rows == 1
    os.utime(old.folder / "manifest.json", (0, 0))
    write_snapshot(RUNS[1], ROWS, 0)
    prune(tmp_path, 1)
    assert not old.folder.exists() and old.look_up([1, 2]).num_rows == 2


def test_an_empty_store_has_nothing_to_remove(tmp_path):
    assert prune(tmp_path, 1).snapshots == {}
