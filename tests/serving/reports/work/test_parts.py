from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.reports.work.parts import only, part_of, parts_there, put, read_parts, shown


def write(folder, name, *users):
    pq.write_table(pa.table({"user_id": users}), folder / name)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "stages.parquet"


def test_parts_take_the_place_of_what_an_earlier_run_wrote_and_of_nothing_else(place):
    write(place.parent, "stages.parquet", 1)
    write(place.parent, "stages-3f.parquet", 1)
    write(place.parent, "stages-of-mine.parquet", 7)
    for prefix, user in (("0", 2), ("1", 3)):
        write(place.parent / "work", f"stages-{prefix}.parquet", user)
    put(place.parent / "work", place, ["0", "1"])
    assert read_parts(place)["user_id"].to_pylist() == [2, 3]
    assert [one.name for one in parts_there(place)] == ["stages-0.parquet", "stages-1.parquet"]
    assert (place.parent / "stages-of-mine.parquet").exists() and not list((place.parent / "work").iterdir())
    write(place.parent, "stages.parquet", 4)
    only(place)
    assert read_parts(place)["user_id"].to_pylist() == [4]


def test_a_place_on_another_file_system_gets_whole_copies(place, monkeypatch):
    real = Path.replace

    def replace(self, to):
        if self.parent.name == "work":
            raise OSError(18, "Invalid cross-device link")
        return real(self, to)

    monkeypatch.setattr(Path, "replace", replace)
    write(place.parent / "work", "stages.parquet", 5)
    put(place.parent / "work", place, ["all"])
    assert read_parts(place)["user_id"].to_pylist() == [5]


def test_people_are_shown_one_name(place):
    assert shown(place, ["all"]) == place == part_of(place, "all")
    assert shown(place, ["0", "1"]).name == "stages-*.parquet"
