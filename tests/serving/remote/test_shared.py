"""What is finished is shared; what a machine works with, its keys, and who is about to be erased, never is."""

import pytest

from serving.remote.shared import is_shareable, place_of, shared


def test_only_what_is_finished_and_no_secret_is_shared(machine, snapshot):
    store = machine(
        "a",
        snapshot("x", "one")
        | {
            "snapshots/latest": "x",
            "snapshots/y/part-all.parquet": "unfinished",
            "snapshots/.gone-z/manifest.json": "hidden",
            "campaigns/r/manifest.json": "m",
            "campaigns/r/exports/p/sent.parquet": "unfinished",
            "campaigns/r/exports/q/receipt.json": "r",
            "campaigns/tags/app-csv/0001/receipt.json": "r",
            "campaigns/tags/app-csv/0002/tags.csv": "unfinished",
            "erasures/journal.json": "names",
            "erasures/2026.json": "record",
            "serving/pages.secret": "secret",
            "serving/champion.json": "own",
            "serving/models/v1/model.txt": "own",
            "serving/audit-2025.jsonl": "lines",
            "work/split.parquet": "work",
            "tmp/x": "tmp",
            "store.lock": "",
            "jobs/plan-1.json": "runs",
            "jobs/plan-1.log": "runs",
            "jobs/plan-2.json": "done",
            "jobs/plan-2.done.json": "done",
            "spark.log": "log",
            "suppressed.json": "s",
        },
    )
    found = shared(store)
    assert sorted(found.files) == [
        "campaigns/r/exports/q/receipt.json",
        "campaigns/r/manifest.json",
        "campaigns/tags/app-csv/0001/receipt.json",
        "erasures/2026.json",
        "jobs/plan-2.done.json",
        "jobs/plan-2.json",
        "serving/audit-2025.jsonl",
        "snapshots/latest",
        "snapshots/x/manifest.json",
        "snapshots/x/part-all.parquet",
        "suppressed.json",
    ]
    assert found.held == ["jobs/plan-1."]
    assert set(found.unfinished) == {"snapshots/y/", "campaigns/r/exports/p/", "campaigns/tags/app-csv/0002/"}


def test_the_audit_that_a_service_appends_to_has_a_name_of_its_own_on_each_machine(machine):
    ours, theirs = (machine(name, {"serving/audit.jsonl": "line\n"}) for name in ("a", "b"))
    (name,), (other,) = shared(ours).files, shared(theirs).files
    assert name != other and name in shared(ours).files
    assert place_of(ours, name) == ours / "serving/audit.jsonl"
    assert place_of(theirs, name) == theirs / name


@pytest.mark.parametrize(
    "path",
    ["serving/pages.secret", "serving/audit.jsonl", ".remote/base.json", "../a", "/etc/passwd", "work/x", "a//b",
     "erasures/journal.json", "store.lock", "serving/models/v1/model.txt"],
)  # fmt: skip
def test_what_is_never_shared_is_not_taken_from_a_remote_either(path):
    assert not is_shareable(path)


def test_what_is_shared_may_come_from_a_remote(copy):
    assert all(is_shareable(path) for path in shared(copy().store_path).files)
    assert is_shareable("mlflow.db")
