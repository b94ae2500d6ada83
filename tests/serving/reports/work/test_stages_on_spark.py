"""Stages that executors place bucket by bucket are DuckDB's, and so is what is counted of them."""

from datetime import timedelta

import pytest

from serving.reports.stages import stages

ORDER = [("as_of", "ascending"), ("user_id", "ascending")]


def test_executors_place_everybody_as_duckdb_does_and_only_counts_come_back(spark_base, base, tmp_path):
    at = [base.tables.observed_until - timedelta(days=60), base.tables.observed_until]
    ours = stages(base, at, tmp_path / "duckdb", digits=1)
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "stages-3f.parquet").write_text("of 256 buckets")
    theirs = stages(spark_base, at, tmp_path / "spark", digits=1)
    assert theirs.users.sort_by(ORDER).equals(ours.users.sort_by(ORDER))
    assert (theirs.tallies, theirs.flows) == (ours.tallies, ours.flows)
    assert theirs.days == pytest.approx(ours.days)
    assert [one.with_band for one in theirs.tallies] == [False, True]
    assert len(list((tmp_path / "spark").glob("stages*.parquet"))) == 16
    assert theirs.files[0].name == "stages-*.parquet"
    assert not list((base.config.store_path / "work").glob("stages-*"))
