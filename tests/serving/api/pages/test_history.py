"""Tiles and flows go back from snapshot to snapshot, each to the one that it says users came from."""

import shutil

from serving.api.pages.history import history


def test_each_goes_back_to_the_one_its_users_came_from(store):
    found = history(store.snapshot)
    assert [one.snapshot.run_id for one in found] == [store.before.run_id, store.snapshot.run_id]
    assert found[0].at < found[1].at and sum(found[1].cube["users"].to_pylist()) == store.snapshot.manifest["users"]
    assert history(store.before)[-1].snapshot.run_id == store.before.run_id  # nothing of what came later
    assert len(history(store.snapshot, 1)) == 1


def test_a_snapshot_beside_them_that_nobody_came_from_is_no_part_of_it(store):
    other = store.snapshot.folder.with_name(f"{store.snapshot.run_id[:8]}01-0123456789")
    shutil.copytree(store.before.folder, other)
    try:
        assert history(store.snapshot)[0].snapshot.run_id == store.before.run_id
    finally:
        shutil.rmtree(other)


def test_it_ends_where_one_cannot_be_read(store):
    manifest = store.before.folder / "manifest.json"
    text = manifest.read_text()
    manifest.write_text("{}")
    try:
        assert [one.snapshot.run_id for one in history(store.snapshot)] == [store.snapshot.run_id]
    finally:
        manifest.write_text(text)
    assert len(history(store.snapshot)) == 2
