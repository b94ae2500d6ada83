"""Groups that executors find bucket by bucket are DuckDB's, states of the snapshot among them."""

from serving.reports import layers
from serving.reports.layers import layered


def test_executors_group_everybody_as_duckdb_does_and_only_counts_come_back(spark_base, base, tmp_path, monkeypatch):
    at = base.tables.observed_until
    ours = layered(base, at, tmp_path / "duckdb", digits=1)
    monkeypatch.setattr(layers.layer_cuts, "cuts_of", lambda *given: ours.cuts)  # its own test: tests/features/groups
    theirs = layered(spark_base, at, tmp_path / "spark", digits=1)
    assert "risk_value" in theirs.users.column_names and len(ours.users) == ours.total
    assert theirs.users.sort_by("user_id").equals(ours.users.sort_by("user_id"))
    assert (theirs.counts, theirs.total, theirs.cuts) == (ours.counts, ours.total, ours.cuts)
    assert len(list((tmp_path / "spark").glob("layers-*.parquet"))) == 16
    again = layered(base, at, tmp_path / "spark")
    assert again.users.equals(ours.users.sort_by("user_id")) and not list((tmp_path / "spark").glob("layers-*.parquet"))
