"""Spark's part done on this machine, for tests of what executors do: real ones take a minute to start and compile.

Spark itself: tests/features/engine/test_spark.py, and benchmarks/bench_cluster.py on a cluster.
"""

import json

import pyarrow.parquet as pq
import pytest

from features.build import count_known, plan, run
from features.catalogue.feature import parse
from features.config import Engine
from features.engine.spark import SCHEMA
from features.user_base import UserBase
from serving.batch.bucket_features import SplitFeatures, populations
from serving.batch.buckets import PART
from serving.batch.part import prefix_of
from serving.reports.work import layers_on_spark, split_on_spark, stages_on_spark


@pytest.fixture
def spark_base(base, monkeypatch):
    """The base, configured for Spark: features are written by bucket as its executors write them, and their tasks run
    here, out of order and one of them twice; what they tell goes through JSON."""

    def features(self, at, required, progress):
        dates = populations(base, at, required)
        columns = (required.columns, *[required.looks] * (len(dates) - 1))
        users = known = run(base.con, plan(base, [parse(name) for name in columns[0]], everybody=True), dates[0])
        folders = [self.work / f"{at:%Y%m%d}-{number}" for number in range(len(dates))]
        for folder, names, date in zip(folders, columns, dates, strict=True):
            found = known if folder is folders[0] else run(base.con, plan(base, [*map(parse, names)]), date, users)
            part = [prefix_of(user, self.digits) for user in found["user_id"].to_pylist()]
            for prefix in {*part}:
                file = folder / "found" / f"{PART}={prefix}" / "part.parquet"
                file.parent.mkdir(parents=True)
                pq.write_table(found.filter([one == prefix for one in part]), file)
            pq.write_metadata(found.schema, folder / SCHEMA)
        return SplitFeatures(required, tuple(folders))

    def each_task(config, folder, prefixes, do):
        assert folder.parent == config.store_path / "work"
        do(prefixes[-1])
        told = {prefix: json.dumps(do(prefix)) for prefix in reversed(prefixes)}
        return [json.loads(told[prefix]) for prefix in prefixes]

    monkeypatch.setattr(split_on_spark.Split, "features", features)
    monkeypatch.setattr(split_on_spark, "count_known", lambda _, at: count_known(base, at))
    for job in (layers_on_spark, stages_on_spark):
        monkeypatch.setattr(job, "each_task", each_task)
    on_spark = base.config.model_copy(update={"engine": Engine(kind="spark", threads=1)})
    return UserBase(on_spark, base.con, base.tables)
