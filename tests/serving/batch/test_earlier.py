"""Where users stood before: the newest snapshot of an earlier date is found, whatever else lies there, and read."""

import os
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from features.errors import BadInput
from features.user_base import UserBase
from serving.batch.earlier import earlier, stages_before
from serving.batch.part import part_file, prefix_of
from serving.batch.score import score

AT = datetime(2026, 3, 1, 12)
ROWS = pa.table({"user_id": list(range(40)), "stage": ["new", "loyal", None, "inactive"] * 10})


def ids(users):
    return pa.chunked_array([pa.array(users)])


def test_it_is_the_newest_of_an_earlier_date(write_snapshot, tmp_path):
    assert earlier(tmp_path, AT) is None
    write_snapshot("2026-01-31-aaaaaaaaaa", ROWS)
    newest = write_snapshot("2026-02-28-aaaaaaaaaa", ROWS)
    write_snapshot("2026-02-01-aaaaaaaaaa", ROWS)  # made last
    write_snapshot("2026-03-02-aaaaaaaaaa", ROWS)
    assert earlier(tmp_path, AT).run_id == newest.run_id


def test_the_same_date_is_no_earlier_one(write_snapshot, tmp_path):
    write_snapshot("2026-03-01-aaaaaaaaaa", ROWS, as_of="2026-03-01T00:00:00")
    assert earlier(tmp_path, AT) is None
    assert earlier(tmp_path, AT + timedelta(days=1)).run_id == "2026-03-01-aaaaaaaaaa"


def test_of_one_date_the_latest_as_of_counts_then_the_one_made_last(write_snapshot, tmp_path):
    noon = [write_snapshot(f"2026-02-01-{name * 10}", ROWS, as_of="2026-02-01T12:00:00") for name in "ba"]
    write_snapshot("2026-02-01-cccccccccc", ROWS, as_of="2026-02-01T06:00:00")
    os.utime(noon[0].folder / "manifest.json", ns=(1, 1))
    assert earlier(tmp_path, AT).run_id == noon[1].run_id


def test_what_cannot_be_opened_is_passed_over(write_snapshot, tmp_path):
    good = write_snapshot("2026-01-31-aaaaaaaaaa", ROWS)
    bad = write_snapshot("2026-02-01-aaaaaaaaaa", ROWS)
    (bad.folder / "manifest.json").write_text("{}")
    (tmp_path / "snapshots" / "2026-02-02-aaaaaaaaaa").mkdir()
    assert earlier(tmp_path, AT).run_id == good.run_id


@pytest.mark.parametrize("theirs", [0, 1, 2])
@pytest.mark.parametrize("ours", [0, 1, 2])
def test_stages_are_found_in_parts_of_any_number(write_snapshot, theirs, ours):
    snapshot = write_snapshot("2026-02-01-aaaaaaaaaa", ROWS, theirs)
    prefix = prefix_of(7, ours) if ours else "all"
    mine = [user for user in [55, *reversed(range(40))] if not ours or prefix_of(user, ours) == prefix]
    found = stages_before(snapshot, ids(mine), prefix)
    expected = dict(zip(*ROWS.to_pydict().values(), strict=True))
    assert found.to_pylist() == [expected.get(user) for user in mine] and 7 in mine


def test_nobody_stood_anywhere_without_a_snapshot_or_by_ids_of_another_type(write_snapshot):
    snapshot = write_snapshot("2026-02-01-aaaaaaaaaa", ROWS)
    for nobody in (stages_before(None, ids([1, 2])), stages_before(snapshot, ids(["1", "2"]))):
        assert nobody.to_pylist() == [None, None] and nobody.type == pa.string()


def test_a_damaged_part_is_told_with_its_cure(write_snapshot):
    snapshot = write_snapshot("2026-02-01-aaaaaaaaaa", ROWS, 0)
    part_file(snapshot.folder, "all").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"part-all.parquet: damaged.*; the stages before are read from it: score its"):
        stages_before(snapshot, ids([1]))


def test_a_score_tells_where_users_stood_on_the_date_before(base, own):
    here = UserBase(own, base.con, base.tables)
    at = base.tables.observed_until
    alone = score(here, base.model, at)
    assert alone.manifest["stages_before"] is None and alone.table()["stage_before"].null_count == len(alone.table())
    before = score(here, base.model, at - timedelta(days=10), digits=1)
    again = score(here, base.model, at)
    assert again.run_id != alone.run_id and again.manifest["stages_before"] == before.run_id
    was = dict(zip(*before.table(["user_id", "stage"]).to_pydict().values(), strict=True))
    rows = again.table(["user_id", "stage_before"]).to_pydict()
    assert rows["stage_before"] == [was.get(user) for user in rows["user_id"]]
    assert any(rows["stage_before"]) and None in rows["stage_before"]
    assert score(here, base.model, at).folder == again.folder  # the same run: not done again
