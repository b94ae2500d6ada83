"""What a run and its exports hold of a person goes; what is left is whole, and the files of others stay."""

import pyarrow.parquet as pq

from features import whole_files
from serving.campaigns.receipts import RECEIPT, SENT, held
from serving.campaigns.run import open_run
from serving.rights.campaigns import erase_from_export, erase_from_run
from serving.rights.people import People


def test_a_run_loses_the_person_from_assignments_and_lists_alone(copy, planted):
    store = copy().store_path
    run = open_run(store, "latest")
    told, report = run.manifest["files"], run.report
    assert erase_from_run(run.folder, People((planted.ids[0],)), "2026-01-04") >= 3
    now = open_run(store, "latest")
    now.verify()
    assert len(now.look_up(planted.ids)) == 3 and now.report == report
    assert now.manifest["files"].keys() == told.keys()
    listed = {name for name in told if told[name] != now.manifest["files"][name]}
    assert listed <= {"lists/perks/full.parquet", "lists/perks/in.parquet"} and now.list_file("perks").exists()


def test_who_is_in_no_list_changes_nothing(copy):
    store = copy().store_path
    run = open_run(store, "latest")
    before = {file: file.read_bytes() for file in run.folder.rglob("*") if file.is_file()}
    assert erase_from_run(run.folder, People(("nobody",)), "2026-01-04") == 0
    assert {file: file.read_bytes() for file in run.folder.rglob("*") if file.is_file()} == before


def test_files_for_the_platform_go_only_by_the_channel_of_the_person(copy, planted):
    place = next((copy().store_path / "campaigns").glob(f"[0-9]*/exports/*/{RECEIPT}")).parent
    receipt = whole_files.read_sealed(place / RECEIPT)
    (place / "sms").mkdir()
    (place / "sms" / "part-0001.csv").write_text("others")
    told = {"file": "sms/part-0001.csv", "rows": 1, "sha256": whole_files.sha256(place / "sms" / "part-0001.csv")}
    whole_files.write_sealed(place / RECEIPT, receipt | {"files": [*receipt["files"], told]})
    assert erase_from_export(place, (SENT,), People(tuple(planted.ids))) == 4
    now = whole_files.read_sealed(place / RECEIPT)
    assert now["files"] == [told] and now["taken_away"] == ["email/part-0001.csv"] and now["rows"] == receipt["rows"]
    assert now["sha256"] == whole_files.sha256(held(place, now, SENT))
    assert len(pq.read_table(held(place, now, SENT))) == 36
