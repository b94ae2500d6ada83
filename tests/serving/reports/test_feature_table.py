from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import md5

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build import build, known, model_columns, warm_days
from features.config import load
from features.errors import BadInput
from features.partials.shelf import on_shelf
from features.user_base import opened
from serving.reports.feature_table import write


def test_the_file_has_every_column_of_models_for_every_user_known_then_and_nothing_is_left_beside(base, tmp_path):
    at = base.tables.observed_until - timedelta(days=100)
    written = write(base, at, tmp_path / "f.parquet")
    table = pq.read_table(tmp_path / "f.parquet")
    columns = model_columns(base.config, base.tables)
    assert table.column_names == ["user_id", *written.columns] == ["user_id", *(column.name for column in columns)]
    users = base.con.to_pyarrow(known(base, at))["user_id"].to_pylist()
    assert table["user_id"].to_pylist() == sorted(users) and written.users == len(users)
    assert table.equals(build(base, at, columns).sort_by("user_id"))
    assert [file.name for file in tmp_path.iterdir()] == ["f.parquet"]
    assert not [*(base.config.store_path / "work").glob("features-*")]


def test_in_buckets_the_rows_are_the_same_by_bucket_and_user(base, tmp_path):
    at = base.tables.observed_until - timedelta(days=100)
    write(base, at, tmp_path / "f.parquet")
    seen = []
    write(base, at, tmp_path / "split.parquet", lambda *step: seen.append(step), digits=1)
    whole, split = pq.read_table(tmp_path / "f.parquet"), pq.read_table(tmp_path / "split.parquet")
    assert split.sort_by("user_id").equals(whole)
    bucket = [md5(str(user).encode()).hexdigest()[0] for user in split["user_id"].to_pylist()]
    assert bucket == sorted(bucket) and len(set(bucket)) == 16
    assert pq.read_metadata(tmp_path / "split.parquet").num_row_groups == 16
    assert seen[-1] == ("building features", len(whole), len(whole)) and len(seen) == 17


def test_where_nobody_is_known_yet_no_file_is_written(base, tmp_path):
    with pytest.raises(BadInput, match="no user is known then; take a later as-of"):
        write(base, base.tables.observed_until - timedelta(days=9999), tmp_path / "f.parquet")
    assert not list(tmp_path.iterdir())


def test_an_input_that_was_changed_since_it_was_read_leaves_no_file(base, tmp_path):
    stale = replace(base, tables=replace(base.tables, stamps={("orders", "gone.parquet"): (1, 1)}))
    with pytest.raises(BadInput, match="tables.orders: gone.parquet is gone since it was read"):
        write(stale, base.tables.observed_until, tmp_path / "f.parquet")
    assert not list(tmp_path.iterdir())


PARTIALS = """
[store]
partials = true
[engine]
threads = 1
[tables.events]
path = "events/*.parquet"
[churn]
horizon_days = 30
"""


def test_bucket_by_bucket_what_is_kept_of_days_makes_the_same_file(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_days, "LEAST", 0)
    (tmp_path / "events").mkdir()
    for day in range(1, 9):
        time = pa.array([datetime(2026, 3, day, hour) for hour in (0, 9, 23)] * 20, pa.timestamp("us"))
        users = pa.array([(day * number) % 31 for number in range(60)])
        pq.write_table(pa.table({"user_id": users, "time": time}), tmp_path / "events" / f"{day}.parquet")
    for name, text in (("with", PARTIALS), ("without", PARTIALS.replace("true", "false"))):
        (tmp_path / f"{name}.toml").write_text(text)
        with opened(load(tmp_path / f"{name}.toml")) as base:
            write(base, datetime(2026, 3, 8), tmp_path / f"{name}.parquet", digits=1)
    assert on_shelf(tmp_path / "store")
    with_days, without = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("with", "without"))
    assert with_days.equals(without) and len(without) == 31
