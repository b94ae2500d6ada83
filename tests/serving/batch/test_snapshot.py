"""A snapshot on disk: whole or not there, immutable, named after what it was made from."""

import hashlib
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from serving.batch.snapshot import finish, latest, open_snapshot, place, publish, read_part, run_id, write_part

AS_OF = datetime(2026, 1, 31)
PART = pa.table({"user_id": [1, 2], "churn_risk": [0.25, None]})
MORE = pa.table({"user_id": [3], "churn_risk": [0.5]})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "snapshots" / "2026-01-31-abc"


@pytest.fixture
def snapshot(folder):
    write_part(folder, "part-0", PART)
    write_part(folder, "part-1", MORE)
    return finish(folder, {"users": 3}, ["part-0", "part-1"])


def test_a_part_appears_whole(folder, monkeypatch):
    def stopped(table, file, **_):
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_part(folder, "part-0", PART)
    assert not (folder / "part-0").exists()


def test_parts_without_a_manifest_are_not_seen(folder, tmp_path):
    write_part(folder, "part-0", PART)
    with pytest.raises(BadInput, match="abc: no finished snapshot there; make one with 'holdfast score'"):
        open_snapshot(folder)
    with pytest.raises(BadInput, match="latest: no snapshot yet; make one with 'holdfast score'"):
        latest(tmp_path)


def test_half_a_manifest_is_none(snapshot):
    manifest = snapshot.folder / "manifest.json"
    manifest.write_text(manifest.read_text()[:20])
    with pytest.raises(BadInput, match="no finished snapshot"):
        open_snapshot(snapshot.folder)


def test_a_finished_snapshot_is_the_latest(snapshot, tmp_path):
    assert latest(tmp_path) == snapshot
    assert (snapshot.run_id, snapshot.manifest["users"]) == ("2026-01-31-abc", 3)


def test_the_latest_is_the_one_published_last(snapshot, tmp_path):
    other = snapshot.folder.with_name("2026-02-28-def")
    write_part(other, "part-0", MORE)
    assert finish(other, {}, ["part-0"]) == latest(tmp_path)
    assert publish(snapshot.folder) == latest(tmp_path) == snapshot


def test_what_is_not_finished_is_not_published(snapshot, tmp_path):
    other = snapshot.folder.with_name("2026-02-28-def")
    write_part(other, "part-0", MORE)
    with pytest.raises(BadInput):
        publish(other)
    assert latest(tmp_path) == snapshot


def test_a_latest_that_is_gone_is_told(snapshot, tmp_path):
    snapshot.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="2026-01-31-abc: no finished snapshot there"):
        latest(tmp_path)


def test_the_manifest_names_every_part_with_its_rows_and_its_hash(snapshot):
    written = json.loads((snapshot.folder / "manifest.json").read_text())
    hashes = [hashlib.sha256((snapshot.folder / name).read_bytes()).hexdigest() for name in ("part-0", "part-1")]
    assert written["parts"] == [
        {"file": "part-0", "rows": 2, "sha256": hashes[0]},
        {"file": "part-1", "rows": 1, "sha256": hashes[1]},
    ]


def test_nothing_but_parts_and_manifest_is_left(snapshot):
    assert sorted(file.name for file in snapshot.folder.iterdir()) == ["manifest.json", "part-0", "part-1"]
    assert sorted(file.name for file in snapshot.folder.parent.iterdir()) == ["2026-01-31-abc", "latest"]


def test_the_rows_are_those_of_the_parts_in_the_manifest(snapshot):
    # Left by a run that was stopped, or by hand: it is not in the manifest, so it is not in the snapshot.
    write_part(snapshot.folder, "part-2", MORE)
    assert snapshot.table(["user_id"])["user_id"].to_pylist() == [1, 2, 3]


def test_users_are_looked_up_by_number(snapshot):
    assert snapshot.look_up([3, 1, 99]).sort_by("user_id").to_pylist() == [
        {"user_id": 1, "churn_risk": 0.25},
        {"user_id": 3, "churn_risk": 0.5},
    ]


def test_users_are_looked_up_by_text(folder):
    write_part(folder, "part-0", pa.table({"user_id": ["1", "ann"]}))
    snapshot = finish(folder, {}, ["part-0"])
    assert snapshot.look_up(["ann", "1", "Ann", "01"]).sort_by("user_id")["user_id"].to_pylist() == ["1", "ann"]


def test_nobody_asked_for_is_nobody_found(snapshot):
    assert snapshot.look_up([]).num_rows == 0


def test_a_finished_snapshot_is_kept_and_never_written_to(snapshot, tmp_path):
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == snapshot.folder
    again = place(tmp_path, "2026-01-31-abc", fresh=True)
    assert again == snapshot.folder.with_name("2026-01-31-abc-2")
    write_part(again, "part-0", MORE)
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == snapshot.folder
    finish(again, {}, ["part-0"])
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == again


def test_a_run_that_was_stopped_is_gone_on_with_in_its_folder(folder, tmp_path):
    write_part(folder, "part-0", PART)
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == folder


def test_a_part_left_over_is_read_and_a_damaged_one_is_not(folder):
    assert read_part(folder, "part-0") is None
    write_part(folder, "part-0", PART)
    assert read_part(folder, "part-0") == PART
    (folder / "part-0").write_bytes(b"")
    assert read_part(folder, "part-0") is None


def test_a_run_is_named_after_everything_that_it_depends_on():
    same = run_id(AS_OF, "config", "v1", "data")
    assert same.startswith("2026-01-31-") and same == run_id(AS_OF, "config", "v1", "data")
    others = [
        run_id(AS_OF.replace(hour=1), "config", "v1", "data"),
        run_id(AS_OF, "confih", "v1", "data"),
        run_id(AS_OF, "config", "v2", "data"),
        run_id(AS_OF, "config", "v1", "datb"),
        run_id(AS_OF, "config", "v", "1data"),
    ]
    assert len({same, *others}) == 6
