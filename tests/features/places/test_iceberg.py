"""The rows of an Iceberg table are those that count: after deletes, updates and other schemas; doubts are told."""

import shutil
import warnings

import pyarrow as pa
import pytest

from features.errors import BadInput
from features.places import iceberg

AFTER = [
    {"uid": "2", "amount": 20, "new": "b", "extra": "x"},
    {"uid": "3", "amount": 3, "new": "c", "extra": None},
    {"uid": "4", "amount": 2**40, "new": "d", "extra": "e"},
]


@pytest.fixture(autouse=True)
def installed(needs):
    needs("iceberg")


@pytest.fixture
def history():
    """history(warehouse URI): a table after a delete, a renamed, a wider and a new column, an append, an update."""
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.types import LongType, StringType

    def make(warehouse, **properties):
        catalog = SqlCatalog("shop", uri="sqlite:///:memory:", warehouse=warehouse, **properties)
        catalog.create_namespace("n")
        first = pa.table({"uid": ["1", "2", "3"], "amount": pa.array([1, 2, 3], pa.int32()), "old": ["a", "b", "c"]})
        table = catalog.create_table("n.orders", schema=first.schema)
        table.append(first)
        table.delete("uid = '1'")
        with table.update_schema() as change:
            change.rename_column("old", "new")
            change.update_column("amount", LongType())
            change.add_column("extra", StringType())
        table.append(pa.table({"uid": ["4"], "amount": [2**40], "new": ["d"], "extra": ["e"]}))
        row = pa.table({"uid": ["2"], "amount": [20], "new": ["b"], "extra": ["x"]})
        table.overwrite(row, overwrite_filter="uid == '2'")
        return table

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield make


def read(at, stamp=None):
    stamp = stamp or iceberg.newest(at)
    found = iceberg.rows(at, stamp, iceberg.columns(at, stamp)).read_all().to_pylist()
    return sorted(found, key=lambda row: row["uid"])


def test_rows_are_those_after_deletes_updates_and_other_columns(history, tmp_path):
    table = history(tmp_path.as_uri())
    at, stamp = str(tmp_path / "n/orders"), iceberg.newest(str(tmp_path / "n/orders"))
    assert read(at) == AFTER
    assert stamp[:3] == ("iceberg", table.current_snapshot().snapshot_id, str(table.metadata.table_uuid))
    table.delete("uid = '4'")
    assert read(at, stamp) == AFTER and read(at) == AFTER[:2]  # a snapshot stays what it was
    named = stamp[3]  # by a metadata file, as a catalog names it
    assert read(named) == AFTER


def test_a_table_on_object_storage_reads_the_same(history, s3):
    history(f"{s3.uri}/lake", **{"s3.endpoint": s3.endpoint, "s3.region": "us-east-1"})
    assert read(f"{s3.uri}/lake/n/orders") == AFTER
    with pytest.raises(BadInput, match="no Iceberg table there .*; correct the path, or format"):
        iceberg.newest(f"{s3.uri}/none")


def test_the_newest_metadata_is_told_by_number_or_hint_and_never_guessed(history, tmp_path):
    history(tmp_path.as_uri())
    at = tmp_path / "n/orders"
    files = sorted((at / "metadata").glob("*.metadata.json"))
    assert iceberg.newest(str(at))[3] == str(files[-1])
    (at / "metadata/version-hint.text").write_text("1")
    assert iceberg.newest(str(at))[3] == str(files[1])
    (at / "metadata/version-hint.text").unlink()
    shutil.copy(files[-1], files[-1].with_name(f"{files[-1].name.partition('-')[0]}-of-another-writer.metadata.json"))
    with pytest.raises(BadInput, match="2 metadata files are the newest .*; give the one that the catalog names"):
        iceberg.newest(str(at))


def test_a_copied_table_is_refused_with_the_reason(history, tmp_path):
    history((tmp_path / "there").as_uri())
    (tmp_path / "there").rename(tmp_path / "here")
    at = str(tmp_path / "here/n/orders")
    said = "a file that its metadata names is not there; an Iceberg table is read where it was written"
    with pytest.raises(BadInput, match=said), iceberg.reporting(at):
        read(at)


def test_equality_deletes_are_refused_not_overlooked(monkeypatch, history, tmp_path):
    from pyiceberg.table import DataScan

    history(tmp_path.as_uri())

    def refuse(self):
        raise ValueError("PyIceberg does not yet support equality deletes: (link)")

    monkeypatch.setattr(DataScan, "plan_files", refuse)
    with pytest.raises(BadInput, match="has equality deletes, which pyiceberg does not read; have its engine rewrite"):
        read(str(tmp_path / "n/orders"))
