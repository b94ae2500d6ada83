"""Approvals, cancellations and receipts: written once, and what follows from them."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.campaigns.export import export
from serving.campaigns.receipts import (
    approval,
    approve,
    cancel,
    cancelled,
    every_receipt,
    exported,
    exporting,
    last_exported,
    mark,
    receipts,
)
from tests.serving.campaigns.world import AS_OF

NOW = AS_OF + timedelta(hours=1)


@pytest.mark.parametrize("by", ["ann", "Ann", " ann ", "ａｎｎ"])
def test_who_drafted_a_run_does_not_approve_it_however_the_name_is_typed(shop, by):
    run = shop(users=5).plan(by="ann")
    with pytest.raises(BadInput, match="drafted it, and who drafts does not approve"):
        approve(run, by, NOW)
    assert approval(run) is None


def test_an_approval_binds_the_manifest_and_is_given_once(shop):
    run = shop(users=5).plan()
    told = approve(run, "bob", NOW)
    assert (
        approval(run)
        == told
        == {"run": run.name, "manifest_sha256": run.sha256, "by": "bob", "at": "2026-03-02T13:00:00"}
    )
    with pytest.raises(BadInput, match="approved already, by bob"):
        approve(run, "cid", NOW)


@pytest.mark.parametrize("file", ["lists/p/full.parquet", "assignments/part-all.parquet", "report.json"])
def test_a_changed_run_is_not_approved(shop, file):
    run = shop(users=5).plan()
    assert run.files  # looked at before, in this process
    (run.folder / file).write_bytes(b"x" + (run.folder / file).read_bytes())
    with pytest.raises(BadInput, match=f"{file}: damaged"):
        approve(run, "bob", NOW)


def test_a_cancelled_run_is_neither_approved_nor_cancelled_again(shop):
    run = shop(users=5).plan()
    assert cancelled(run) is None
    assert cancel(run, "ann", NOW) == cancelled(run) == {"run": run.name, "by": "ann", "at": "2026-03-02T13:00:00"}
    with pytest.raises(BadInput, match="cancelled by ann"):
        approve(run, "bob", NOW)
    with pytest.raises(BadInput, match="cancelled already, by ann"):
        cancel(run, "bob", NOW)


def test_a_cancellation_waits_until_an_export_has_ended(shop):
    """Once it returns, no file of the run appears any more."""
    run = shop(users=5).approved()
    with ThreadPoolExecutor(1) as pool:
        with exporting(run):
            waiting = pool.submit(cancel, run, "cid", NOW)
            time.sleep(0.2)
            assert not waiting.done() and cancelled(run) is None
        assert waiting.result(timeout=60) == cancelled(run)


def test_a_user_counts_once_however_often_a_list_is_exported_and_from_the_first_time_on(shop):
    one = shop(users=20)
    run = one.approved()
    empty = mark(one.store)
    assert exported(one.store, pa.int64()).num_rows == 0 and last_exported(one.store, "p", pa.int64()).num_rows == 0
    for hours, form in ((5, "csv"), (1, "jsonl"), (9, "parquet")):
        export(one.base, run, "p", form, AS_OF + timedelta(hours=hours), "eve")
    found = exported(one.store, pa.int64())
    assert found.num_rows == 20 and set(found["time"].to_pylist()) == {AS_OF + timedelta(hours=1)}
    assert set(found["arm"].to_pylist()) == {"treatment", "holdout"}
    assert exported(one.store, pa.string()).num_rows == 0  # nobody has such an id
    assert [receipt["format"] for _, _, receipt in every_receipt(one.store)] == ["csv", "jsonl", "parquet"]
    assert len([*receipts(run.folder)]) == 3 and mark(one.store) != empty
    assert last_exported(one.store, "p", pa.int64(), "csv").num_rows == found["arm"].to_pylist().count("treatment")
    assert last_exported(one.store, "p", pa.int64(), "braze").num_rows == 0


def test_an_export_without_a_receipt_is_none(shop):
    one = shop(users=20)
    run = one.approved()
    done = export(one.base, run, "p", "csv", NOW, "eve")
    (done.folder / "receipt.json").unlink()
    assert exported(one.store, pa.int64()).num_rows == 0 and [*receipts(run.folder)] == []
