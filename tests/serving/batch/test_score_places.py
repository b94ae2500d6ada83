"""A base scores the same wherever its tables lie: here as files, or on object storage and in Delta."""

import pyarrow.fs as pf
import pyarrow.parquet as pq

from features.config import load
from features.engine.duckdb_session import connect
from features.simulate import simulate
from features.tables.clean import clean
from features.user_base import UserBase
from serving.batch.score import score
from serving.reports.feature_table import write
from training.fit import cold_start_bundle
from training.tracking import Version

TOML = """
[tables.orders]
path = "{place}/orders"
{format}
[tables.events]
path = "{place}/events/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
[engine]
threads = 1
"""


def scored(folder, place, form=""):
    """The features, the snapshot's rows and its manifest."""
    folder.mkdir()
    (folder / "holdfast.toml").write_text(TOML.format(place=place, format=form))
    config = load(folder / "holdfast.toml")
    with connect(config) as con:
        base = UserBase(config, con, clean(con, config))
        write(base, base.tables.observed_until, folder / "features.parquet")
        snapshot = score(base, Version("light", "", cold_start_bundle.bundle(base, base.tables.observed_until)))
        features, rows = pq.read_table(folder / "features.parquet"), snapshot.table()
        return features, rows.drop_columns("config_hash"), snapshot.manifest


def test_features_and_scores_are_those_of_the_files_here(needs, s3, tmp_path):
    needs("delta")
    from deltalake import DeltaTable, write_deltalake

    shop = tmp_path / "shop"
    simulate(shop, 200, days=90)
    orders = pq.read_table(shop / "orders")
    for some in (orders, orders.slice(0, 50)):
        write_deltalake(tmp_path / "lake/orders", some, mode="append")
    DeltaTable(tmp_path / "lake/orders").restore(0)
    for folder, wanted in ((shop, "events/*"), (tmp_path / "lake", "orders/**/*.*")):
        for file in folder.glob(wanted):
            s3.put(file, f"base/{file.relative_to(folder)}")

    def there():
        return sorted(one.path for one in s3.fs.get_file_info(pf.FileSelector(s3.bucket, recursive=True)))

    before = there()
    features, rows, about = scored(tmp_path / "here", shop)
    others, stored, told = scored(tmp_path / "there", f"{s3.uri}/base", 'format = "delta"')
    assert len(rows) > 100 and others.equals(features) and stored.equals(rows)
    assert told["counts"] == about["counts"] and about["versions"] == {}
    assert told["versions"] == {"orders": {"format": "delta", "version": 2}}
    assert there() == before  # nothing is written there
