"""What counts of two machines' changes: each rule, and a refusal by name where there is none."""

import pytest

from serving.remote.head import Entry
from serving.remote.merge import Conflict, ErasedElsewhere, merge


def at(told):
    return {path: Entry(text, len(text)) for path, text in told.items()}


def merged(before, ours, theirs, held=(), unfinished=()):
    done = merge(at(before), at(ours), at(theirs), list(held), list(unfinished))
    return {path: one.sha256 for path, one in done.files.items()}, done


RUN = {"campaigns/r/manifest.json": "m", "campaigns/r/report.json": "r"}
X = {"snapshots/x/manifest.json": "m", "snapshots/x/part-all.parquet": "p"}


@pytest.mark.parametrize(
    "before, ours, theirs, wanted",
    [
        ({"cards/a": "1"}, {"cards/a": "2"}, {"cards/a": "1"}, {"cards/a": "2"}),
        ({"cards/a": "1"}, {"cards/a": "1"}, {"cards/a": "2"}, {"cards/a": "2"}),
        ({"cards/a": "1"}, {"cards/a": "2"}, {"cards/a": "2"}, {"cards/a": "2"}),
        ({"cards/a": "1"}, {}, {"cards/a": "1"}, {}),
        ({"cards/a": "1"}, {"cards/a": "1"}, {}, {}),
        ({}, {"cards/a": "1"}, {"cards/b": "2"}, {"cards/a": "1", "cards/b": "2"}),
        ({}, {"snapshots/latest": "x"}, {"snapshots/latest": "y"}, {"snapshots/latest": "y"}),
        (X, X | {"snapshots/latest": "x"}, X, X | {"snapshots/latest": "x"}),
        ({}, X, {path: f"{one}2" for path, one in X.items()}, {path: f"{one}2" for path, one in X.items()}),
        ({"layers/a": "1"}, {"layers/a": "2", "layers/b": "2"}, {"layers/a": "3"}, {"layers/a": "3"}),
        ({}, {"jobs/p-1.json": "a", "jobs/p-1.log": "l"}, {"jobs/p-2.json": "b"},
         {"jobs/p-1.json": "a", "jobs/p-1.log": "l", "jobs/p-2.json": "b"}),
        ({}, {"jobs/p-1.json": "a", "jobs/p-1.log": "l"}, {"jobs/p-1.json": "b"}, {"jobs/p-1.json": "b"}),
        (RUN, RUN | {"campaigns/r/approval.json": "ann"}, RUN | {"campaigns/r/cancelled.json": "bob"},
         RUN | {"campaigns/r/approval.json": "ann", "campaigns/r/cancelled.json": "bob"}),
        (RUN, RUN | {"campaigns/r/approval.json": "ann"}, RUN | {"campaigns/r/approval.json": "bob"},
         RUN | {"campaigns/r/approval.json": "bob"}),
        (RUN, RUN | {"campaigns/r/approval.json": "ann"}, {}, RUN | {"campaigns/r/approval.json": "ann"}),
        (RUN, {}, RUN | {"campaigns/r/approval.json": "ann"}, RUN | {"campaigns/r/approval.json": "ann"}),
        ({}, RUN, {"campaigns/r/manifest.json": "n", "campaigns/r/report.json": "n"},
         {"campaigns/r/manifest.json": "n", "campaigns/r/report.json": "n"}),
        ({"serving/audit.1.jsonl": "a"}, {"serving/audit.1.jsonl": "a"}, {}, {"serving/audit.1.jsonl": "a"}),
    ],
)  # fmt: skip
def test_what_one_changed_is_taken_and_where_both_did_the_rule_of_the_room_counts(before, ours, theirs, wanted):
    assert merged(before, ours, theirs)[0] == wanted


@pytest.mark.parametrize(
    "before, ours, theirs, name",
    [
        ({}, {"cards/a": "1"}, {"cards/a": "2"}, "cards/a"),
        ({"cards/a": "1"}, {"cards/a": "2"}, {"cards/a": "3"}, "cards/a"),
        ({"mlflow.db": "1"}, {"mlflow.db": "2"}, {"mlflow.db": "3"}, "mlflow.db"),
        ({}, RUN | {"campaigns/r/approval.json": "ann"}, {"campaigns/r/manifest.json": "n"}, "r/approval.json"),
        (RUN, RUN | {"campaigns/r/exports/p/sent.parquet": "1"}, RUN | {"campaigns/r/exports/p/sent.parquet": "2"},
         "exports/p/sent.parquet"),
    ],
)  # fmt: skip
def test_where_no_rule_says_which_counts_the_file_and_the_cure_are_named(before, ours, theirs, name):
    with pytest.raises(Conflict, match=f"{name}.*'holdfast store fetch --theirs'") as told:
        merged(before, ours, theirs)
    assert ("MLFLOW_TRACKING_URI" in str(told.value)) == (name == "mlflow.db")


def test_nobody_comes_back_who_was_erased_on_either_machine():
    before, erased = X | {"suppressed.json": "1"}, {"suppressed.json": "2"}
    other = {"snapshots/y/manifest.json": "m", "snapshots/y/part-all.parquet": "p"}
    with pytest.raises(ErasedElsewhere, match=r"snapshots/y/manifest.json: made while somebody was erased on another"):
        merged(before, before | other, before | erased)
    with pytest.raises(ErasedElsewhere, match=r"snapshots/y/manifest.json: changed on another machine while"):
        merged(before, before | erased, before | other)
    with_layers = before | {"layers/layers.parquet": "1"}
    ours = with_layers | {"layers/layers.parquet": "made again", "quarantine/orders.parquet": "new"}
    theirs = before | erased | {"layers/layers.parquet": "without"}
    assert merged(with_layers, ours, theirs)[0] == theirs


def test_a_snapshot_that_changed_without_its_manifest_is_damage_and_is_taken_from_the_remote():
    for ours in (X | {"snapshots/x/part-all.parquet": "half"}, {"snapshots/x/manifest.json": "m"}):
        found, done = merged(X, ours, X)
        assert found == X and "snapshots/x/part-all.parquet" in done.take
        assert done.told == ["snapshots/x: was damaged here, and is as it was again"]
    found, done = merged(X, {}, X, unfinished=["snapshots/x/"])
    assert found == X and done.take.keys() == X.keys()


def test_what_is_held_here_is_as_the_remote_has_it_and_untouched():
    theirs = {"jobs/p-1.json": "2", "mlflow.db": "3"}
    found, done = merged({"jobs/p-1.json": "1", "mlflow.db": "1"}, {}, theirs, held=["jobs/p-1.", "mlflow.db"])
    assert found == theirs and not done.take and not done.drop


def test_a_run_that_one_cancelled_and_another_exported_is_told():
    done = merged(RUN, RUN | {"campaigns/r/exports/p/receipt.json": "1"}, RUN | {"campaigns/r/cancelled.json": "2"})[1]
    assert done.told == ["campaigns/r: cancelled on one machine and exported on another"]
    assert len(done.files) == 4
