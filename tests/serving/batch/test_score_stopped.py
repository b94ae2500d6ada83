"""A run that is stopped, at whatever point: the old snapshot stands, and what was finished is not done again."""

from datetime import timedelta

import pytest

from serving.batch import score as job
from serving.batch.snapshot import latest


def test_a_killed_run_leaves_the_old_snapshot_to_its_readers(lightly, own, stopped, as_of):
    stopped.undo()
    old = lightly(as_of=as_of - timedelta(days=1))
    rows = old.table()
    stopped.setattr(job, "write_part", _killed)
    for more in ({}, {"fresh": True, "as_of": as_of - timedelta(days=1)}):
        with pytest.raises(KeyboardInterrupt):
            lightly(**more)
        assert latest(own.store_path) == old and latest(own.store_path).table().equals(rows)


def _killed(*_):
    raise KeyboardInterrupt


def test_a_killed_run_goes_on_behind_its_last_part(lightly, light_rows, own, stopped):
    with pytest.raises(KeyboardInterrupt):
        lightly()
    stopped.undo()
    (part,) = (own.store_path / "snapshots").glob("*/part-0.parquet")
    before = part.stat().st_mtime_ns
    assert lightly().table().equals(light_rows)
    assert part.stat().st_mtime_ns == before


def test_fresh_starts_a_killed_run_over(lightly, light_rows, own, stopped):
    with pytest.raises(KeyboardInterrupt):
        lightly()
    stopped.undo()
    (part,) = (own.store_path / "snapshots").glob("*/part-0.parquet")
    before = part.stat().st_mtime_ns
    assert lightly(fresh=True).table().equals(light_rows)
    assert part.stat().st_mtime_ns > before


def test_parts_of_another_number_of_buckets_are_not_gone_on_with(base, scored, own, stopped):
    with pytest.raises(KeyboardInterrupt):
        scored(digits=1)
    stopped.undo()
    found = scored(digits=0)
    assert found.table().equals(base.snapshot.table())
    assert sorted(file.name for file in found.folder.iterdir()) == [
        "manifest.json",
        "part-all.json",
        "part-all.parquet",
    ]


def test_nothing_but_the_snapshot_is_left_in_the_store(lightly, own):
    found = lightly()
    assert list((own.store_path / "work").iterdir()) == []
    parts = [f"part-{digit}.{kind}" for digit in "0123456789abcdef" for kind in ("json", "parquet")]
    assert sorted(file.name for file in found.folder.iterdir()) == ["manifest.json", *parts]
