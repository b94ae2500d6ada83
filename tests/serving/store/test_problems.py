"""Whatever is damaged in a store is found, each by its own line; what a stopped job left is none."""

import pyarrow as pa
import pytest

from features.partials.shelf import put
from serving.rights import journal
from serving.store.problems import problems


def test_a_store_with_leftovers_of_stopped_jobs_is_sound(copy):
    assert problems(copy().store_path) == []


def cut(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    "pattern",
    [
        "snapshots/2026-01-02-*/part-7.parquet",
        "snapshots/2026-01-03-*/manifest.json",
        "snapshots/2026-01-03-*/boards/top.parquet",
        "boards/2026-01-03-*/boards/top.parquet",
        "boards/2026-01-03-*/manifest.json",
        "campaigns/2026-01-03-*/lists/perks/in.parquet",
        "campaigns/2026-01-03-*/assignments/part-3.parquet",
        "campaigns/2026-01-03-*/approval.json",
        "campaigns/2026-01-03-*/exports/*/sent.parquet",
        "campaigns/2026-01-03-*/exports/*/email/part-0001.csv",
        "campaigns/2026-01-03-*/exports/*/receipt.json",
        "campaigns/tags/app-csv/0001/receipt.json",
        "suppressed.json",
    ],
)
def test_a_changed_byte_is_told_with_its_file(copy, pattern):
    store = copy().store_path
    (file,) = store.glob(pattern)
    cut(file)
    found = problems(store)
    assert found and all(str(file.parent) in one and "; " in one for one in found), found


def test_a_pointer_to_nothing_and_an_unfinished_erasure_are_told(copy, planted):
    store = copy().store_path
    (store / "snapshots" / "latest").write_text("2026-01-09-none")
    (store / "mlflow.db").write_text("no database")
    journal.begin(store, ["a"], planted.now)
    told = " ".join(problems(store))
    assert "2026-01-09-none: no finished snapshot there" in told and "mlflow.db: damaged" in told
    assert "an erasure was stopped before its end; finish it with 'holdfast erase'" in told


def test_damaged_sums_of_days_are_told_and_do_not_have_to_come_back(copy):
    store = copy().store_path
    kept = put(store, "events", {64: "a" * 24}, pa.table({"on": [64], "user_id": [1]}))
    assert problems(store) == []
    kept.file.write_bytes(b"PAR1")
    assert problems(store) == [f"{kept.file}: damaged; remove it: the next build works its days out anew"]
