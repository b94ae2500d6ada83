"""A snapshot from which somebody was taken is one that could have been written without them."""

import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from serving.batch.part import record_of
from serving.batch.snapshot import open_snapshot
from serving.batch.verify import verify
from serving.rights.people import People
from serving.rights.snapshots import erase_from_snapshot


def test_a_scored_snapshot_counts_who_is_left(base, tmp_path):
    import shutil

    folder = tmp_path / "snapshots" / base.snapshot.run_id
    shutil.copytree(base.snapshot.folder, folder)
    users = base.snapshot.table(["user_id"])["user_id"].to_pylist()
    gone = users[::3]
    assert erase_from_snapshot(folder, People(tuple(map(str, gone))), "2026-01-04") > len(gone)  # some are on a board
    left = verify(folder)
    assert left.table() == base.snapshot.table().filter([user not in set(gone) for user in users])
    stages = left.table(["stage"])["stage"].to_pylist()
    told = {key.partition(":")[2]: n for key, n in left.manifest["counts"].items() if key.startswith("stage:")}
    assert {stage: n for stage, n in told.items() if n} == {stage: stages.count(stage) for stage in set(stages)}
    assert left.manifest["eligible"] == sum(left.table(["eligible"])["eligible"].to_pylist())
    assert left.manifest["users"] == len(users) - len(gone)
    made = left.manifest["boards"]["made"]
    assert sum(pq.read_table(folder / made["cube"]["file"])["users"].to_pylist()) == len(users) - len(gone)
    assert not set(gone) & set(pq.read_table(folder / made["top"]["file"])["user_id"].to_pylist())


def test_only_the_parts_of_these_users_are_written_anew_and_an_opened_snapshot_is_opened_again(copy, planted):
    folder = next((copy().store_path / "snapshots").glob("2026-01-03-*"))
    before = open_snapshot(folder)
    assert len(before.look_up(planted.ids)) == 4
    erase_from_snapshot(folder, People((planted.ids[0],)), "2026-01-04")
    assert len(open_snapshot(folder).look_up(planted.ids)) == 3
    anew = list(folder.glob("part-*~2.parquet"))
    assert len(anew) == 1 and record_of(anew[0]).exists()


def test_a_damaged_snapshot_is_told_with_its_cure(copy, planted):
    folder = next((copy().store_path / "snapshots").glob("2026-01-03-*"))
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(BadInput, match="so nobody can be erased from it; remove .*, and erase again"):
        erase_from_snapshot(folder, People((planted.ids[0],)), "2026-01-04")
