"""Parquet is read back in its types; the bytes follow from the rows alone."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from serving.campaigns.formats.parquet import parts


def test_every_column_comes_back_in_its_type(a_list, target):
    rows = a_list(25, reasons=[["a", "b"]] * 25)
    found = list(parts(rows, target(batch=10)))
    back = [pq.read_table(io.BytesIO(one.data), page_checksum_verification=True) for one in found]
    assert [one.rows for one in found] == [one.num_rows for one in back] == [10, 10, 5]
    assert pa.concat_tables(back) == rows


def test_how_rows_lay_in_memory_does_not_show(a_list, target):
    rows = a_list(30)
    pieces = pa.concat_tables([rows.slice(0, 7), rows.slice(7, 1), rows.slice(8)])
    marked = pieces.replace_schema_metadata({"made": "today"})
    assert [one.data for one in parts(marked, target())] == [one.data for one in parts(rows, target())]
