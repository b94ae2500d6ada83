"""A board is read as it was written, or not at all."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.errors import BadInput
from serving.boards.read import read


def test_what_was_changed_since_is_refused(tmp_path):
    file = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"orders": [1, 2]}), file)
    about = {"made": {"orders": {"file": file.name, "sha256": whole_files.sha256(file)}}}
    assert read(tmp_path, about, "orders")["orders"].to_pylist() == [1, 2]
    assert read(tmp_path, about, "cube") is None
    wrong = {"made": {"orders": about["made"]["orders"] | {"sha256": "0" * 64}}}
    with pytest.raises(BadInput, match="orders.parquet: damaged"):
        read(tmp_path, wrong, "orders")
