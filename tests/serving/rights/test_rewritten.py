"""Files are written beside the old ones, under names that count, and manifests keep their place in time."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.errors import BadInput
from serving.rights import rewritten
from serving.rights.people import of


def test_names_count():
    assert rewritten.next_name("part-3f.parquet") == "part-3f~2.parquet"
    assert rewritten.next_name("lists/a/full~9.parquet") == "lists/a/full~10.parquet"


def test_a_manifest_keeps_its_time_but_is_seen_to_have_changed(tmp_path):
    file = tmp_path / "manifest.json"
    whole_files.write_sealed(file, {"a": 1}, 10**18)
    rewritten.write_manifest(file, {"a": 2})
    assert file.stat().st_mtime_ns == 10**18 + rewritten.LATER_NS and whole_files.read_sealed(file) == {"a": 2}


def test_only_what_is_named_stays(tmp_path):
    for name in ("a", "b/c", "b/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    rewritten.keep_only(tmp_path, [tmp_path / "b" / "c"])
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["c"]


def test_a_table_that_nobody_names_is_written_in_its_place(tmp_path):
    file = tmp_path / "layers.parquet"
    assert rewritten.in_place(file, of(["7"])) == 0
    pq.write_table(pa.table({"user_id": [7, 8, 7]}), file)
    assert rewritten.in_place(file, of(["7"])) == 2 and rewritten.in_place(file, of(["7"])) == 0
    assert pq.read_table(file)["user_id"].to_pylist() == [8]
    file.write_bytes(b"PAR1")
    with pytest.raises(BadInput, match="damaged or not there, so nobody can be erased from it"):
        rewritten.in_place(file, of(["7"]))
