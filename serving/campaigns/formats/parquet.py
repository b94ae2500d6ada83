"""Parquet for programs: all columns in their types, times in UTC (parquet.apache.org/docs)."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from serving.campaigns.formats.target import Part, Target


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """A file of every batch, one row group each. The bytes follow from rows and pyarrow's version alone."""
    rows = rows.replace_schema_metadata(None)
    for at in range(0, rows.num_rows, what.batch):
        some = rows.slice(at, what.batch).combine_chunks()  # how rows lay in memory would show in the file
        data = io.BytesIO()
        pq.write_table(some, data, compression="zstd", row_group_size=max(some.num_rows, 1), write_page_checksum=True)
        yield Part(some.num_rows, data.getvalue(), ".parquet")
