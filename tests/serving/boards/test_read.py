"""A board's file is what was written, or it is refused in one line."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.errors import BadInput
from serving.boards.read import read, read_again


@pytest.fixture
def one(tmp_path):
    file = tmp_path / "boards" / "orders.parquet"
    file.parent.mkdir()
    pq.write_table(pa.table({"users": list(range(100))}), file)
    about = {"made": {"orders": {"file": "boards/orders.parquet", "sha256": whole_files.sha256(file), "rows": 100}}}
    return tmp_path, about, file


def test_a_board_is_read_and_one_that_was_not_made_is_none(one):
    folder, about, _ = one
    assert read(folder, about, "orders")["users"].to_pylist() == list(range(100))
    assert read(folder, about, "traffic") is None and read(folder, {}, "orders") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-9]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"PAR1", b"PAR2")),
        lambda file: file.write_bytes(b""),
        lambda file: pq.write_table(pa.table({"users": [1]}), file),
    ],
    ids=["cut", "other bytes", "empty", "another table"],
)
def test_a_damaged_file_is_refused_in_one_line_with_the_cure(one, damage):
    folder, about, file = one
    damage(file)
    with pytest.raises(
        BadInput, match=r"orders.parquet: damaged, .* make it anew with 'holdfast score --fresh'"
    ) as error:
        read(folder, about, "orders")
    assert "\n" not in str(error.value)


def test_a_file_that_is_gone_is_named(one):
    folder, about, file = one
    file.unlink()
    with pytest.raises(BadInput, match=r"orders.parquet: not there; make it anew"):
        read(folder, about, "orders")


def test_what_was_read_before_is_looked_at_again_where_the_whole_snapshot_is(one):
    folder, about, file = one
    read(folder, about, "orders")
    file.write_bytes(b"PAR1")
    assert len(read(folder, about, "orders")) == 100  # pages need not hash a file for every look
    with pytest.raises(BadInput, match="damaged"):
        read_again(folder, about, "orders")
