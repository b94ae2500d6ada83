"""The rows of a Delta table are those that count: after deletes, updates, other schemas, newer writers."""

import json
import struct
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from features.places import delta

BASE85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


@pytest.fixture(autouse=True)
def installed(needs):
    needs("delta")


def history(at, **options):
    """A table after an append with one more column, a delete and an update."""
    from deltalake import DeltaTable, write_deltalake

    first = pa.table({"uid": ["1", "2", "3"], "amount": [1.0, 2.0, 3.0], "k": ["a b", "a b", None]})
    write_deltalake(at, first, partition_by=["k"], **options)
    more = pa.table({"uid": ["4"], "amount": [4.0], "k": ["c/d"], "new": ["x"]})
    write_deltalake(at, more, mode="append", schema_mode="merge", **options)
    table = DeltaTable(at, **options)
    table.delete("uid = '1'")
    table.update(predicate="uid = '2'", updates={"amount": "20.0"})
    return table


AFTER = [
    {"uid": "2", "amount": 20.0, "k": "a b", "new": None},
    {"uid": "3", "amount": 3.0, "k": None, "new": None},
    {"uid": "4", "amount": 4.0, "k": "c/d", "new": "x"},
]


def read(at, stamp=None, wanted=None):
    stamp = stamp or delta.newest(at)
    found = delta.rows(at, stamp, wanted or delta.columns(at, stamp)).read_all().to_pylist()
    return sorted(found, key=lambda row: str(row.get("uid")))


def test_rows_are_those_after_deletes_updates_and_a_new_column(tmp_path):
    at = str(tmp_path / "t")
    history(at)
    assert read(at) == AFTER and read(at, wanted=["uid"]) == [{"uid": one["uid"]} for one in AFTER]


def test_a_version_stays_what_it_was_while_others_write(tmp_path):
    at = str(tmp_path / "t")
    table = history(at)
    stamp = delta.newest(at)
    assert stamp == ("delta", 3, table.metadata().id)
    table.delete()
    assert read(at, stamp) == AFTER and read(at) == [] and delta.newest(at)[1] == 4


def test_a_table_on_object_storage_reads_the_same(s3):
    options = {"AWS_ENDPOINT_URL": s3.endpoint, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    history(f"{s3.uri}/t", storage_options=options | {"aws_conditional_put": "etag"})
    assert read(f"{s3.uri}/t") == AFTER
    with pytest.raises(BadInput, match="no Delta table there; correct the path, or format"):
        delta.newest(f"{s3.uri}/none")


def written(at, fields, add=None, protocol=None, **settings):
    """A table as its specification says, by hand: deltalake writes no such one. The data is in a.parquet."""
    (at / "_delta_log").mkdir()
    about = {"id": str(uuid.uuid4()), "format": {"provider": "parquet", "options": {}}, "partitionColumns": []}
    about |= {"schemaString": json.dumps({"type": "struct", "fields": fields}), "configuration": settings}
    file = {"path": "a.parquet", "partitionValues": {}, "size": (at / "a.parquet").stat().st_size}
    lines = [{"protocol": protocol or {"minReaderVersion": 2, "minWriterVersion": 5}}, {"metaData": about}]
    lines.append({"add": file | {"modificationTime": 1, "dataChange": True} | (add or {})})
    (at / "_delta_log" / f"{0:020}.json").write_text("\n".join(map(json.dumps, lines)))
    return str(at)


def field(name, kind, **about):
    return {"name": name, "type": kind, "nullable": True, "metadata": about}


def test_rows_that_a_deletion_vector_names_are_gone(tmp_path):
    bitmap = pytest.importorskip("pyroaring").BitMap([0, 2]).serialize()
    pq.write_table(pa.table({"uid": ["1", "2", "3", "4"]}), tmp_path / "a.parquet")
    data = struct.pack("<IQI", 1681511377, 1, 0) + bitmap
    padded, text = data + bytes(-len(data) % 4), ""
    for (number,) in struct.iter_unpack(">I", padded):
        text += "".join(BASE85[number // 85**place % 85] for place in (4, 3, 2, 1, 0))
    vector = {"storageType": "i", "pathOrInlineDv": text, "sizeInBytes": len(data), "cardinality": 2}
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    at = written(
        tmp_path, [field("uid", "string")], {"deletionVector": vector, "stats": '{"numRecords": 4}'},
        {"minReaderVersion": 3, "minWriterVersion": 7} | features,
    )  # fmt: skip
    assert read(at) == [{"uid": "2"}, {"uid": "4"}]


def test_renamed_columns_keep_their_values(tmp_path):
    pq.write_table(pa.table({"col-1": ["1", "2"], "col-2": [1.0, 2.0]}), tmp_path / "a.parquet")
    key = "delta.columnMapping."
    fields = [
        field(name, kind, **{f"{key}id": place, f"{key}physicalName": f"col-{place}"})
        for place, (name, kind) in enumerate({"uid": "string", "amount": "double"}.items(), start=1)
    ]
    at = written(tmp_path, fields, **{f"{key}mode": "name", f"{key}maxColumnId": "2"})
    assert read(at) == [{"uid": "1", "amount": 1.0}, {"uid": "2", "amount": 2.0}]


def test_what_is_no_table_and_what_is_damaged_is_told(tmp_path):
    with pytest.raises(BadInput, match="no Delta table there"):
        delta.newest(str(tmp_path / "none"))
    at = str(tmp_path / "t")
    history(at)
    for file in (tmp_path / "t").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(BadInput, match="cannot be read: .*vacuumed meanwhile; run it again"), delta.reporting(at):
        read(at)  # fails halfway
