"""A snapshot on disk: whole or not there, immutable, named after what it was made from."""

import json
from datetime import datetime

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.batch.part import part_file, prefix_of, prefixes, write_part
from serving.batch.snapshot import finish, latest, on_date, open_snapshot, place, publish, run_id

AS_OF = datetime(2026, 1, 31)
ROWS = pa.table({"user_id": [1, 2, 3], "churn_risk": [0.25, None, 0.5]})
MORE = pa.table({"user_id": [3], "churn_risk": [0.5]})
ABOUT = {"users": 3, "as_of": AS_OF.isoformat()}


def written(folder, rows=ROWS, digits=1):
    """The parts of a snapshot without a manifest."""
    for prefix in prefixes(digits):
        mask = [prefix_of(user, digits) == prefix for user in rows["user_id"].to_pylist()]
        write_part(folder, prefix, rows.filter(mask))
    return folder


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "snapshots" / "2026-01-31-abc"


@pytest.fixture
def snapshot(folder):
    return finish(written(folder), ABOUT, 1)


def test_parts_without_a_manifest_are_not_seen(folder, tmp_path):
    written(folder)
    with pytest.raises(BadInput, match="abc: no finished snapshot there; make one with 'holdfast score'"):
        open_snapshot(folder)
    with pytest.raises(BadInput, match="latest: no snapshot yet; make one with 'holdfast score'"):
        latest(tmp_path)


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_missing_part_makes_no_snapshot(folder, suffix):
    written(folder)
    (folder / f"part-7.{suffix}").unlink()
    with pytest.raises(BadInput, match=rf"part-7.{suffix}: .*not there; score again"):
        finish(folder, ABOUT, 1)
    assert not (folder / "manifest.json").exists()


def test_parts_with_different_columns_make_no_snapshot(folder):
    written(folder)
    write_part(folder, "f", pa.table({"user_id": ["4"], "churn_risk": [0.5]}))
    with pytest.raises(BadInput, match=r"part-f.parquet: other columns than part-0.parquet; score again"):
        finish(folder, ABOUT, 1)


@pytest.mark.parametrize("change", [lambda text: text[:20], lambda text: text.replace("3", "4", 1)])
def test_a_damaged_manifest_is_refused(snapshot, change):
    manifest = snapshot.folder / "manifest.json"
    manifest.write_text(change(manifest.read_text()))
    with pytest.raises(BadInput, match=r"manifest.json: .*; score again with 'holdfast score --fresh'"):
        open_snapshot(snapshot.folder)


def test_a_snapshot_of_the_older_format_is_refused_in_one_line(folder):
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"users": 3, "parts": []}))
    with pytest.raises(BadInput) as caught:
        open_snapshot(folder)
    assert "manifest.json: of an older format" in str(caught.value) and "\n" not in str(caught.value)


def test_a_finished_snapshot_is_the_latest(snapshot, tmp_path):
    assert latest(tmp_path) == snapshot
    assert (snapshot.run_id, snapshot.manifest["users"]) == ("2026-01-31-abc", 3)


def test_who_asks_again_gets_the_open_one_and_after_a_change_the_new_one(snapshot, tmp_path):
    assert latest(tmp_path) is latest(tmp_path)
    other = finish(written(snapshot.folder.with_name("2026-02-28-def"), MORE, 0), ABOUT, 0)
    assert latest(tmp_path) == other and latest(tmp_path).table() == MORE


def test_the_latest_is_the_one_published_last(snapshot, tmp_path):
    other = finish(written(snapshot.folder.with_name("2026-02-28-def"), MORE, 0), ABOUT, 0)
    assert other == latest(tmp_path)
    assert publish(snapshot.folder) == latest(tmp_path) == snapshot


def test_what_is_not_finished_is_not_published(snapshot, tmp_path):
    other = written(snapshot.folder.with_name("2026-02-28-def"), MORE, 0)
    with pytest.raises(BadInput):
        publish(other)
    assert latest(tmp_path) == snapshot


def test_a_latest_that_is_gone_is_told(snapshot, tmp_path):
    snapshot.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="2026-01-31-abc: no finished snapshot there"):
        latest(tmp_path)


def test_a_latest_that_is_pruned_while_it_is_opened_is_no_error(snapshot, tmp_path, monkeypatch):
    def pruned(folder):
        if folder == snapshot.folder and folder.exists():
            finish(written(folder.with_name("2026-02-28-def"), MORE, 0), ABOUT, 0)
            folder.rename(tmp_path / "gone")
        return opened(folder)

    opened = open_snapshot
    monkeypatch.setattr("serving.batch.snapshot.open_snapshot", pruned)
    assert latest(tmp_path).run_id == "2026-02-28-def"


def test_the_newest_snapshot_of_a_date_is_found(snapshot, tmp_path):
    assert on_date(tmp_path, AS_OF) == snapshot
    assert on_date(tmp_path, AS_OF.replace(hour=1)) is None and on_date(tmp_path, AS_OF.replace(day=1)) is None
    again = finish(written(snapshot.folder.with_name("2026-01-31-abc-2"), MORE, 0), ABOUT, 0)
    assert on_date(tmp_path, AS_OF) == again


def test_the_manifest_names_every_part_with_its_rows_and_its_hash(snapshot):
    parts = snapshot.manifest["parts"]
    assert [part["prefix"] for part in parts] == prefixes(1) and snapshot.manifest["digits"] == 1
    # md5: 1 → c4ca…, 2 → c81e…, 3 → eccb…
    assert {part["file"]: part["rows"] for part in parts if part["rows"]} == {"part-c.parquet": 2, "part-e.parquet": 1}
    assert snapshot.files[12] == part_file(snapshot.folder, "c")


def test_the_rows_are_those_of_the_parts_in_the_manifest(snapshot):
    # Left by a run that was stopped, or by hand: it is not in the manifest, so it is not in the snapshot.
    write_part(snapshot.folder, "00", MORE)
    assert snapshot.table(["user_id"])["user_id"].to_pylist() == [1, 2, 3]


def test_all_rows_come_in_batches_or_by_user(snapshot):
    assert snapshot.table() == ROWS
    assert snapshot.table(["churn_risk"])["churn_risk"].to_pylist() == [0.25, None, 0.5]
    assert [batch["user_id"].to_pylist() for batch in snapshot.iterate(rows=1)] == [[1], [2], [3]]


def test_columns_keep_their_meaning(folder):
    meant = pa.schema([ROWS.schema.field(0), ROWS.schema.field(1).with_metadata({"meaning": "no activity"})])
    snapshot = finish(written(folder, ROWS.cast(meant)), ABOUT, 1)
    assert snapshot.schema.field("churn_risk").metadata[b"meaning"] == b"no activity"
    assert snapshot.look_up([1]).schema.field("churn_risk").metadata[b"meaning"] == b"no activity"


def test_a_column_is_given_in_the_order_of_the_users(snapshot):
    users = pa.chunked_array([[3, 9], [1]])
    assert snapshot.column("churn_risk", users).to_pylist() == [0.5, None, 0.25]


def test_a_finished_snapshot_is_kept_and_never_written_to(snapshot, tmp_path):
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == snapshot.folder
    again = place(tmp_path, "2026-01-31-abc", fresh=True)
    assert again == snapshot.folder.with_name("2026-01-31-abc-2")
    written(again, MORE, 0)
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == snapshot.folder
    finish(again, ABOUT, 0)
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == again


def test_a_run_that_was_stopped_is_gone_on_with_in_its_folder(folder, tmp_path):
    written(folder)
    assert place(tmp_path, "2026-01-31-abc", fresh=False) == folder


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


@pytest.mark.parametrize(
    "name",
    [
        "../other",
        "..",
        ".",
        "/etc",
        "{store}/snapshots/{run}",
        "run/..",
        "a/b",
        "",
        "latest",
        ".gone-run",
        "run\0",
        "é",
    ],
)
def test_latest_may_not_lead_out_of_the_store(snapshot, tmp_path, name):
    store = snapshot.folder.parents[1]
    (store / "snapshots" / "latest").write_text(name.format(store=store, run=snapshot.run_id))
    with pytest.raises(BadInput, match=r"latest: (leads out of the store; write|no snapshot yet; make)") as caught:
        latest(store)
    assert "\n" not in str(caught.value)


def test_latest_may_not_lead_out_of_the_store_by_a_link(snapshot, tmp_path):
    pointer, elsewhere = snapshot.folder.parent / "latest", tmp_path / "elsewhere"
    snapshot.folder.rename(elsewhere)
    snapshot.folder.symlink_to(elsewhere)
    with pytest.raises(BadInput, match="leads out of the store"):
        latest(snapshot.folder.parents[1])
    snapshot.folder.unlink()
    elsewhere.rename(snapshot.folder)
    assert latest(snapshot.folder.parents[1]).folder == snapshot.folder
    pointer.rename(tmp_path / "pointer")
    pointer.symlink_to(tmp_path / "pointer")
    with pytest.raises(BadInput, match="leads out of the store"):
        latest(snapshot.folder.parents[1])


def test_what_a_killed_process_left_is_no_part_of_the_snapshot(folder):
    folder.mkdir(parents=True)
    (folder / ".part-3.parquet.77.tmp").write_text("half")
    written(folder)
    assert not list(finish(folder, ABOUT, 1).folder.glob(".*"))
