"""Files of days: the same rows make the same file, damage shows, and days can be taken out of one."""

import os
import time

import pyarrow as pa
import pytest

from features.partials.shelf import key_of, on_shelf, put, span_of, without


@pytest.fixture
def rows():
    return pa.table({"on": pa.array([640, 640, 641], pa.int32()), "user_id": [1, 2, 1], "part_a": [3, 4, 5]})


def test_the_same_rows_are_the_same_file_and_it_tells_its_days(tmp_path, rows):
    kept = put(tmp_path, "events", {640: "a" * 24, 641: "b" * 24}, rows)
    again = put(tmp_path, "events", {641: "b" * 24, 640: "a" * 24}, rows)
    assert (
        kept == again and on_shelf(tmp_path) == on_shelf(tmp_path, "events") == [kept] and not on_shelf(tmp_path, "x")
    )
    assert (kept.span, kept.key) == (640, key_of({640: "a" * 24, 641: "b" * 24})) and kept.sound
    assert kept.keys == {640: "a" * 24, 641: "b" * 24}
    assert kept.rows([641]).to_pylist() == [{"on": 641, "user_id": 1, "part_a": 5}]
    assert put(tmp_path, "events", kept.keys, rows.slice(1)).file.name != kept.file.name


def test_one_byte_that_differs_shows(tmp_path, rows):
    kept = put(tmp_path, "events", {640: "a" * 24, 641: "b" * 24}, rows)
    content = kept.file.read_bytes()
    kept.file.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    assert not kept.sound
    kept.file.unlink()
    assert not kept.sound


def test_a_day_that_is_taken_out_leaves_no_byte_and_the_others_stay(tmp_path, rows):
    kept = put(tmp_path, "events", {640: "a" * 24, 641: "b" * 24}, rows)
    without(kept, [640, 640])
    (left,) = on_shelf(tmp_path)
    assert (
        left.keys == {641: "b" * 24} and left.rows([640, 641]).num_rows == 1 and left.sound and not kept.file.exists()
    )
    without(left, [641])
    assert on_shelf(tmp_path) == []


def test_of_use_is_written_down_once_a_day(tmp_path, rows):
    kept = put(tmp_path, "events", {640: "a" * 24}, rows)
    for days, touched in ((0.5, False), (3, True)):
        os.utime(kept.file, (time.time() - days * 86400,) * 2)
        assert kept.unused == pytest.approx(days, abs=0.01)
        kept.use()
        assert (kept.unused < 0.01) is touched


def test_a_span_has_32_days():
    assert [span_of(day) for day in (0, 31, 32, 20_529)] == [0, 0, 32, 20_512]
