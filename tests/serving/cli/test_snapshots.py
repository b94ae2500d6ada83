"""`holdfast snapshots …`: each verb on two small snapshots, and its bad ends in one line."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TEXT = pa.string()


def rows(*bands):
    columns = {name: pa.array(["x"] * len(bands), TEXT) for name in ("stage", "value_tier", "stay_tier")}
    scores = {name: [0.5] * len(bands) for name in ("churn_risk", "expected_value", "value_if_stays", "value_at_stake")}
    return pa.table({"user_id": range(len(bands)), "risk_band": pa.array(bands, TEXT)} | columns | scores)


@pytest.fixture
def shop(tmp_path, monkeypatch, write_snapshot):
    """A configuration whose store holds two snapshots."""
    text = '[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n[store]\npath = "."\n'
    (tmp_path / "holdfast.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    write_snapshot("2026-01-01-aaa", rows("low", "low"))
    write_snapshot("2026-02-01-bbb", rows("low", "high", None))
    return tmp_path


def test_snapshots_are_listed(shop, holdfast):
    found = holdfast("snapshots", "list")
    assert (found.code, found.err) == (0, "")
    assert [line for line in found.out.splitlines() if "2026-02-01-bbb" in line and "latest" in line]
    assert "2026-01-01-aaa" in found.out


def test_a_whole_snapshot_is_verified(shop, holdfast):
    assert "bbb: 3 users, 16 parts, all as they were written" in holdfast("snapshots", "verify").out
    assert "aaa: 2 users, 16 parts" in holdfast("snapshots", "verify", "2026-01-01-aaa").out


@pytest.mark.parametrize("name", ["part-c.parquet", "part-c.json", "manifest.json"])
def test_a_damaged_one_ends_in_one_line_that_names_the_file(shop, holdfast, name):
    file = shop / "snapshots" / "2026-02-01-bbb" / name
    file.write_bytes(file.read_bytes()[:-1])
    found = holdfast("snapshots", "verify")
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1) and f"bbb/{name}: damaged" in found.err


def test_two_are_compared_and_the_movers_written(shop, holdfast):
    found = holdfast("snapshots", "diff", "--out", "movers.parquet")
    assert (found.code, found.err) == (0, "")
    assert "2 users in both, 1 came, 0 went; 1 of those in both moved" in found.out
    assert pq.read_table("movers.parquet")["user_id"].to_pylist() == [1, 2]
    back = holdfast("snapshots", "diff", "latest", "2026-01-01-aaa")
    assert "2026-02-01-bbb to 2026-01-01-aaa: 2 users in both, 0 came, 1 went" in back.out


def test_old_ones_are_removed(shop, holdfast):
    told = holdfast("snapshots", "prune", "--keep", "1", "--dry-run")
    assert "would remove snapshot" in told.out and (shop / "snapshots" / "2026-01-01-aaa").exists()
    assert "removed snapshot" in holdfast("snapshots", "prune", "--keep", "1").out
    assert [path.name for path in (shop / "snapshots").iterdir() if path.is_dir()] == ["2026-02-01-bbb"]
    assert holdfast("snapshots", "prune", "--keep", "0").code == 2


@pytest.mark.parametrize("words", [["verify", "2026-02-01-bbc"], ["diff", "nobody"]])
def test_a_name_that_is_nobodys_ends_in_one_line(shop, holdfast, words):
    found = holdfast("snapshots", *words)
    assert (found.code, found.err.count("\n")) == (2, 1) and "no finished snapshot of that name" in found.err
