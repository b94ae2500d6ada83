"""Of the erased nothing is left in what is kept of days; other days stay."""

import pyarrow as pa

from features.partials.shelf import on_shelf, put
from serving.rights.partials import erase_from_partials
from serving.rights.people import of


def test_days_with_them_go_and_others_stay(tmp_path):
    rows = pa.table({"on": [64, 64, 65, 66], "user_id": ["planted", "b", "b", "planted"], "part_a": [1, 2, 3, 4]})
    put(tmp_path, "events", {64: "a" * 24, 65: "b" * 24, 66: "c" * 24}, rows)
    put(tmp_path, "orders", {64: "a" * 24}, rows.slice(0, 1))
    assert erase_from_partials(tmp_path, of(["planted"])) == 3
    (left,) = on_shelf(tmp_path)
    assert left.keys == {65: "b" * 24} and left.rows([64, 65, 66])["part_a"].to_pylist() == [3]
    assert not any(b"planted" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert erase_from_partials(tmp_path, of(["planted"])) == 0 and on_shelf(tmp_path) == [left]


def test_whole_numbers_and_texts_of_theirs_are_found_too(tmp_path):
    rows = pa.table({"on": [64, 65, 66], "user_id": [7, 8, 9], "part_a": ["x", "their place", "y"]})
    put(tmp_path, "events", dict.fromkeys((64, 65, 66), "a" * 24), rows)
    assert erase_from_partials(tmp_path, of(["7"], ["their place"])) == 2
    assert list(on_shelf(tmp_path)[0].keys) == [66]


def test_a_damaged_file_goes_for_nobody_can_say_whom_it_holds(tmp_path):
    kept = put(tmp_path, "events", {64: "a" * 24}, pa.table({"on": [64], "user_id": [7]}))
    kept.file.write_bytes(kept.file.read_bytes()[:-1])
    assert erase_from_partials(tmp_path, of(["8"])) == 0 and not on_shelf(tmp_path)
