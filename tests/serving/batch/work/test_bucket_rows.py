"""A bucket's rows do not depend on where they are made: from features split by Spark, or built here."""

from serving.batch.bucket_features import on_duckdb, populations, required_features
from serving.batch.part import ALL
from serving.batch.work.bucket_rows import Scoring, bucket_rows, measure_file
from serving.scoring.shown import shown


def test_rows_of_one_bucket_are_those_of_the_snapshot(base, as_of, tmp_path):
    wanted = required_features(base.config, base.model.bundle.features, shown=shown(base))
    dates = populations(base, as_of, wanted)
    find = on_duckdb(base, None, wanted, dates, 0, tmp_path)
    of = Scoring(base.config, base.model.name, as_of, None, None, tmp_path, tmp_path, 1)
    rows, about = bucket_rows(of, base.model.bundle, find(ALL), ALL)
    assert rows.equals(base.snapshot.table()) and about["counts"] == {
        key: count for key, count in base.snapshot.manifest["counts"].items() if key in about["counts"]
    }
    assert not measure_file(tmp_path, ALL).exists()  # there are no levels
