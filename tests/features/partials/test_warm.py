"""Only days that are new or changed are worked out; all others come from the files that are there."""

import os
import time

import pyarrow as pa
import pytest

from features import suppressed
from features.partials.shelf import on_shelf, without
from features.partials.warm import warm


@pytest.fixture
def shelf(tmp_path):
    """shelf(keys): the rows of all files after warm(), and which days were asked for, call by call."""

    def make(keys, at_once=100, value=0):
        asked = []

        def work_out(days):
            asked.append(list(days))
            on = pa.array(days, pa.int32())
            return pa.table({"on": on, "user_id": pa.array([9] * len(days), pa.int64()), "part_a": [value] * len(days)})

        found = warm(tmp_path, "events", keys, work_out, at_once)
        rows = [row for one in found.files for row in one.rows(list(one.keys)).to_pylist()]
        assert sorted(day for days in asked for day in days) == found.worked_out
        return {row["on"]: row["part_a"] for row in rows}, asked

    return make


def test_first_all_days_are_worked_out_then_none_then_those_with_other_keys(shelf):
    keys = dict.fromkeys(range(60, 70), "a")  # two spans
    assert shelf(keys) == (dict.fromkeys(keys, 0), [list(keys)])
    assert shelf(keys, value=1) == (dict.fromkeys(keys, 0), [])
    found, asked = shelf(keys | {66: "b", 70: "a"}, value=1)
    assert asked == [[66, 70]] and found == dict.fromkeys(keys, 0) | {66: 1, 70: 1}
    assert shelf({day: "a" for day in keys if day != 62}, value=2)[1] == []  # a day that is gone takes nothing to do


def test_no_more_days_are_asked_for_at_once_than_may_be(shelf):
    keys = dict.fromkeys(range(30, 100), "a")
    found, asked = shelf(keys, at_once=20)
    assert max(map(len, asked)) == 20 and found == dict.fromkeys(keys, 0)


def test_a_damaged_file_is_worked_out_anew_and_a_line_says_so(shelf, tmp_path, caplog):
    shelf({1: "a", 2: "a"})
    (kept,) = on_shelf(tmp_path)
    kept.file.write_bytes(b"")
    assert shelf({1: "a", 2: "a", 3: "a"}, value=1) == (dict.fromkeys((1, 2, 3), 1), [[1, 2, 3]])
    assert "was damaged; its days are worked out anew" in caplog.text and kept not in on_shelf(tmp_path)


def test_what_another_job_may_read_stays_for_two_days(shelf, tmp_path):
    shelf({1: "a"})
    (old,) = on_shelf(tmp_path)
    shelf({1: "b"})
    assert old in on_shelf(tmp_path)
    os.utime(old.file, (time.time() - 3 * 86400,) * 2)
    shelf({1: "c"})
    assert old not in on_shelf(tmp_path) and len(on_shelf(tmp_path)) == 2


def test_days_that_lack_somebody_are_worked_out_anew_once_their_erasure_is_lifted(shelf, tmp_path):
    keys = dict.fromkeys((1, 2), "a")
    shelf(keys)
    suppressed.add(tmp_path, ["7"])
    assert shelf(keys)[1] == []  # what is there holds everybody but for the days that the erasure took
    without(on_shelf(tmp_path)[0], [2])
    assert shelf(keys)[1] == [[2]]
    suppressed.add(tmp_path, ["8"])
    assert shelf(keys)[1] == []
    (tmp_path / suppressed.FILE).unlink()
    assert shelf(keys, value=1) == ({1: 0, 2: 1}, [[2]])  # the first day from the file before, which had everybody
    suppressed.add(tmp_path, ["8"])  # with another salt
    assert shelf(keys)[1] == []
