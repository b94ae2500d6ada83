"""A Delta or Iceberg table gives a user base the rows that count, at one version, which is told."""

import sys
from datetime import datetime

import pyarrow as pa
import pytest

from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.places import lakes
from features.tables.clean import clean
from features.tables.stamps import stamps, unchanged

TOML = '[tables.orders]\npath = "{}"\nformat = "{}"\ncolumns = {{ time = "at" }}\n'
AT = datetime(2026, 1, 1, 10)


def orders(**columns):
    """Four orders, of which the last two differ in a column alone that nothing reads."""
    given = {"user_id": [1, 2, 3, 3], "at": pa.array([AT] * 4, pa.timestamp("us", "UTC")), "amount": [1.5, 2, 3, 3]}
    return pa.table(given | {"till": ["a", "a", "a", "b"]} | columns)


def delta_table(at):
    from deltalake import DeltaTable, write_deltalake

    write_deltalake(at, orders())
    table = DeltaTable(at)
    return lambda: table.delete("user_id = 1")


def iceberg_table(at):
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("shop", uri="sqlite:///:memory:", warehouse=at.parent.as_uri())
    catalog.create_namespace("n")
    table = catalog.create_table("n.t", schema=orders().schema, location=at.as_uri())
    table.append(orders())
    return lambda: table.delete("user_id = 1")


@pytest.mark.parametrize("kind, made", [("delta", delta_table), ("iceberg", iceberg_table)])
@pytest.mark.filterwarnings("ignore")  # pyiceberg's
def test_the_rows_of_one_version_are_read_and_told(needs, shop, tmp_path, kind, made):
    needs(kind)
    erase = made(tmp_path / "t")
    config = shop(TOML.format("t", kind))
    with connect(config) as con:
        first = clean(con, config, AT.replace(month=6))
        rows = con.to_pyarrow(first["orders"].order_by("user_id")).to_pylist()
        before = stamps(config)
        erase()
        unchanged(config, before)  # what was read stays; the next run sees more
        pinned = lakes.copy(con, config, "orders", next(iter(before.values())), ["user_id"])
        assert con.con.execute(f"SELECT count(*) FROM '{pinned}'").fetchone() == (4,)
    with connect(config) as con:
        second = clean(con, config, AT.replace(month=6))
        after = con.to_pyarrow(second["orders"].user_id).to_pylist()

    assert [(row["user_id"], float(row["amount"])) for row in rows] == [(1, 1.5), (2, 2), (3, 6)]
    assert first.counts["orders"].rows == 4 and first.counts["orders"].repeats == 0  # the tills differ
    assert sorted(after) == [2, 3] and second.counts["orders"].rows == 3
    assert first.fingerprint != second.fingerprint
    assert first.versions["orders"]["format"] == kind and first.versions != second.versions
    assert f"tables.orders: {lakes.shown(next(iter(before.values())))}" in first.notes


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_missing_extra_and_a_wrong_path_name_file_key_and_cure(needs, shop, monkeypatch, kind):
    needs(kind)
    config = shop(TOML.format("nowhere", kind))
    with pytest.raises(
        BadInput, match=rf"holdfast.toml: tables.orders.path: '.*nowhere': no {lakes.NAMES[kind]} table"
    ):
        stamps(config)
    module = {"delta": "deltalake", "iceberg": "pyiceberg.table"}[kind]
    monkeypatch.setitem(sys.modules, module, None)
    at = ("iceberg", 1, "id", "x/1.metadata.json")
    with pytest.raises(BadInput, match=rf"tables.orders.path: needs .*; pip install 'holdfast\[{kind}\]'"):
        lakes.columns(config, "orders", at)
