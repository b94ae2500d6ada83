"""Looking users up: the right row or none, by key, and never out of a damaged file."""

import shutil

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.batch import part, row_reader
from serving.batch.part import finished_part, prefix_of, prefixes, write_part
from serving.batch.row_reader import Reader

DIGITS = 1
NUMBERS = range(0, 3000, 3)
REASON = {"feature": "gap_count", "value": None, "contribution": 0.5}


def write(folder, users):
    kind = pa.int32() if isinstance(users[0], int) else pa.string()
    for prefix in prefixes(DIGITS):
        mine = sorted(user for user in users if prefix_of(user, DIGITS) == prefix)
        rows = {"user_id": pa.array(mine, kind), "risk": [len(str(user)) / 7 for user in mine]}
        write_part(folder, prefix, pa.table(rows | {"reasons": pa.array([[REASON]] * len(mine))}))
    return folder


def read(folder):
    """A reader as a fresh process has it."""
    return Reader(folder, DIGITS, [{"prefix": one} | finished_part(folder, one) for one in prefixes(DIGITS)])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A thousand users in sixteen parts of several row groups each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, "ROWS", 20)
        return write(tmp_path_factory.mktemp("lookup") / "run", NUMBERS)


@pytest.fixture
def reader(whole):
    return read(whole)


def test_everybody_is_found_and_nobody_else(reader):
    assert reader.look_up(range(-5, 3010))["user_id"].to_pylist() == [*NUMBERS]
    for user in (0, 3, 1500, 2997):
        (row,) = reader.look_up([user]).to_pylist()
        assert row == {"user_id": user, "risk": len(str(user)) / 7, "reasons": [REASON]}
    assert [reader.look_up([user]).num_rows for user in (-1, 1, 2998, 10**12)] == [0, 0, 0, 0]


def test_rows_come_in_the_order_asked_for_each_once(reader):
    assert reader.look_up([2997, 1, 0, 3, 0, 2997])["user_id"].to_pylist() == [2997, 0, 3]


def test_nobody_asked_for_is_nobody_found_with_the_columns(reader):
    assert reader.look_up([]).schema == reader.look_up([3]).schema == reader.schema


def test_ids_of_another_type_are_nobodys(reader, tmp_path):
    assert reader.look_up(["3", True, None, 3.0, 2**70, -(2**70)]).num_rows == 0
    texts = read(write(tmp_path / "run", ["1", "ann", "Ünal", "李"]))
    assert texts.look_up(["李", "Ünal", "ann", 1, "Ann", "01", "1"])["user_id"].to_pylist() == [
        "李",
        "Ünal",
        "ann",
        "1",
    ]


def test_ids_too_long_for_statistics_are_found(tmp_path):
    texts = read(write(tmp_path / "run", [letter * 5000 for letter in "abc"]))
    assert texts.look_up(["b" * 5000, "b" * 4999])["user_id"].to_pylist() == ["b" * 5000]


def test_one_user_costs_one_row_group_and_the_second_time_none(reader, monkeypatch):
    reads = []
    monkeypatch.setattr(row_reader._Part, "read", lambda self, group: reads.append(group) or read_group(self, group))
    assert [reader.look_up([1500]).num_rows for _ in range(3)] == [1, 1, 1] and len(reads) == 1


def test_a_warm_reader_opens_nothing_any_more(reader, monkeypatch):
    reader.warm()
    monkeypatch.setattr(row_reader.whole_files, "sha256", None)  # whoever checks a part now, fails
    monkeypatch.setattr(row_reader.pq, "ParquetFile", None)
    assert reader.look_up([*NUMBERS]).num_rows == 1000


read_group = row_reader._Part.read


def test_what_is_kept_is_bounded(reader, monkeypatch):
    one = reader.look_up([0]) and next(iter(reader._kept.values()))[1]
    monkeypatch.setattr(row_reader, "KEPT", 3 * one)
    assert reader.look_up([*NUMBERS]).num_rows == 1000
    assert 0 < reader._bytes == sum(rows.nbytes for rows, _ in reader._kept.values()) <= 3 * one


@pytest.mark.parametrize(("name", "most"), [("OPEN", 3), ("FOOTERS", 200)])
def test_open_files_are_bounded_and_opened_again_when_needed(reader, monkeypatch, name, most):
    monkeypatch.setattr(row_reader, name, most)
    assert [reader.look_up([user])["user_id"].to_pylist() for user in NUMBERS] == [[user] for user in NUMBERS]
    reader.warm()
    there = [one for one in reader._parts.values() if one._file is not None]
    assert 0 < len(there) <= 3 and sum(one.rows for one in there) <= 200


def test_batches_are_all_rows(reader):
    batches = list(reader.batches(["user_id"], rows=30))
    assert max(batch.num_rows for batch in batches) <= 30
    assert sorted(user for batch in batches for user in batch["user_id"].to_pylist()) == [*NUMBERS]


def test_threads_may_share_a_reader(reader):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda user: reader.look_up([user])["user_id"].to_pylist(), [*NUMBERS] * 2)
        assert list(found) == [[user] for user in NUMBERS] * 2


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_damaged_file_is_refused_in_one_line(whole, tmp_path, suffix):
    user, folder = 1500, shutil.copytree(whole, tmp_path / "run")
    reader = read(folder)
    file = folder / f"part-{prefix_of(user, DIGITS)}.{suffix}"
    content = file.read_bytes()
    for at in range(0, len(content), max(1, len(content) // 12)):
        flipped = content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]
        for damaged in (flipped, content[:at]):
            file.write_bytes(damaged)
            fresh = Reader(folder, DIGITS, [part._entry for part in reader._parts.values()])
            with pytest.raises(BadInput, match=r"part-\w.*: damaged.*; score again") as caught:
                fresh.look_up([user])
            assert "\n" not in str(caught.value)


def test_a_part_that_rots_while_it_is_open_is_refused(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    reader, file = read(folder), folder / f"part-{prefix_of(1500, DIGITS)}.parquet"
    user = max(user for user in NUMBERS if prefix_of(user, DIGITS) == prefix_of(1500, DIGITS))
    assert reader.look_up([1500]).num_rows == 1  # the part is open, and the other's row group not read yet
    with file.open("r+b") as opened:
        size = file.stat().st_size
        opened.write(bytes(size - 2000))
    with pytest.raises(BadInput, match="parquet: damaged"):
        reader.look_up([user])


def test_a_missing_part_is_told(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    reader = read(folder)
    for suffix in ("parquet", "json"):
        (folder / f"part-{prefix_of(1500, DIGITS)}.{suffix}").unlink()
        with pytest.raises(BadInput, match=rf"part-\w.{suffix}: not there; score again"):
            reader.look_up([1500])
