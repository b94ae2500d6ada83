"""Rows are known by ids of either type, as they came, and by texts that only these people have."""

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.rights.people import People, listed, of


def kept(people, rows):
    left = people.without(rows)
    return rows["user_id"].to_pylist() if left is None else left["user_id"].to_pylist()


@pytest.mark.parametrize(
    ("ids", "left"),
    [
        (pa.array([7, 8, None]), [8, None]),
        (pa.array(["7", "77", " 7 ", "7.0", None]), ["77", None]),
        (pa.array([7.0, 8.0]), [8.0]),
        (pa.array(["7", "8"]).dictionary_encode(), ["8"]),
    ],
)
def test_ids_are_known_however_a_table_has_them(ids, left):
    assert kept(of(["7", "x"]), pa.table({"user_id": ids})) == left


def test_a_text_of_theirs_takes_the_row_along_and_alone_by_id_it_does_not():
    people, rows = People(("7",), frozenset({"hut"})), pa.table({"user_id": [8, 9], "place": ["hut", None]})
    assert kept(people, rows) == [9] and kept(people.by_id, rows) == [8, 9]
    assert kept(people, pa.table({"user_id": ["hut"]})) == ["hut"]  # an id that is written alike is somebody else's


def test_a_table_without_any_of_them_is_left_alone():
    assert of(["7"]).without(pa.table({"user_id": [1], "n": [7]})) is None


def test_a_file_of_ids_is_read_by_line(tmp_path):
    file = tmp_path / "ids.txt"
    file.write_text("7\n\n  x y \n", encoding="utf-8")
    assert listed(file) == ["7", "x y"]
    file.write_text("\n")
    for bad in (file, tmp_path / "none"):
        with pytest.raises(BadInput, match="--users .*; (write|give)"):
            listed(bad)
    with pytest.raises(BadInput, match="an id is empty"):
        of([" "])


def test_007_is_another_user_than_7():
    assert kept(of(["007"]), pa.table({"user_id": [7]})) == [7]
    assert kept(of(["007"]), pa.table({"user_id": ["7", "007"]})) == ["7"]
