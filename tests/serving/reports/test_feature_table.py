from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from features.build import known, model_columns
from features.errors import BadInput
from serving.reports.feature_table import write


def test_the_file_has_every_column_of_models_for_every_user_known_then_and_nothing_is_left_beside(base, tmp_path):
    at = base.tables.observed_until - timedelta(days=100)
    written = write(base, at, tmp_path / "f.parquet")
    assert pq.read_table(tmp_path / "f.parquet").equals(written)
    columns = model_columns(base.config, base.tables)
    assert written.column_names == ["user_id", *(column.name for column in columns)]
    users = base.con.to_pyarrow(known(base, at))["user_id"].to_pylist()
    assert written["user_id"].to_pylist() == sorted(users)
    assert [file.name for file in tmp_path.iterdir()] == ["f.parquet"]


def test_an_input_that_was_changed_since_it_was_read_leaves_no_file(base, tmp_path):
    stale = replace(base, tables=replace(base.tables, stamps={("orders", "gone.parquet"): (1, 1)}))
    with pytest.raises(BadInput, match="tables.orders: gone.parquet is gone since it was read"):
        write(stale, base.tables.observed_until, tmp_path / "f.parquet")
    assert not list(tmp_path.iterdir())
