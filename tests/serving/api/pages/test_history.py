"""Tiles and flows go back over the snapshots that there are, one a date."""

import shutil

from serving.api.pages.history import history


def test_one_snapshot_a_date_the_oldest_first(store):
    found = history(store.snapshot)
    assert [one.snapshot.run_id for one in found] == [store.before.run_id, store.snapshot.run_id]
    assert found[0].at < found[1].at and sum(found[1].cube["users"].to_pylist()) == store.snapshot.manifest["users"]
    assert history(store.before)[-1].snapshot.run_id == store.before.run_id  # nothing of what came later
    assert len(history(store.snapshot, 1)) == 1


def test_a_snapshot_that_cannot_be_read_is_passed_over(store):
    damaged = store.snapshot.folder.with_name("2020-01-01-0123456789")
    shutil.copytree(store.before.folder, damaged)
    (damaged / "manifest.json").write_text("{}")
    try:
        assert len(history(store.snapshot)) == 2
    finally:
        shutil.rmtree(damaged)
