"""A snapshot whose features Spark built says what DuckDB's says, and a stopped run builds no features again.

Levels, tags and a cluster: tests/serving/batch/work/test_executors.py.
"""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from features.config import Engine
from features.user_base import UserBase
from serving.batch import bucket_features
from serving.batch import score as job
from training.tracking import Challenger


def floats(rows):
    """Every number that is no whole number, of all columns, with the place where it stands."""
    found = {}
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if pa.types.is_floating(column.type):
            found[name] = column.to_numpy()
        elif pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type):
            parts = column.combine_chunks().flatten()
            named = zip(parts.type, parts.flatten(), strict=True)
            found |= {f"{name}.{field.name}": part.to_numpy(zero_copy_only=False) for field, part in named}
    return {name: values for name, values in found.items() if values.dtype == float}


def test_spark_and_duckdb_make_the_same_snapshot(quick_spark, base, light, light_rows, own, monkeypatch):
    rival = Challenger(light, datetime(2025, 12, 1))
    on_spark = own.model_copy(update={"engine": Engine(kind="spark", threads=1)})

    def stop(folder, about, digits):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(job, "finish", stop)
        job.score(UserBase(on_spark, base.con, base.tables), light, digits=1, challenger=rival)
    left = sorted((own.store_path / "snapshots").glob("*/part-*"))
    assert len(left) == 32
    left[3].unlink()  # a record, and half of a part
    left[4].write_bytes(left[4].read_bytes()[:500])
    monkeypatch.setattr(bucket_features.feature_table, "plan", None)  # whoever builds features again, fails
    found = job.score(UserBase(on_spark, base.con, base.tables), light, digits=1, challenger=rival)
    assert found.manifest["challenger"]["agreement"]["same_band"] == 1
    ours, theirs = light_rows, found.table()
    assert theirs.schema.equals(ours.schema) and theirs["eligible"].to_pylist().count(True) > 500
    for name in (name for name in ours.column_names if name not in {*floats(ours), "reasons", "churn_curve"}):
        assert theirs[name].equals(ours[name]), name
    for name, values in floats(ours).items():
        np.testing.assert_allclose(floats(theirs)[name], values, rtol=0, atol=1e-6, err_msg=name)
