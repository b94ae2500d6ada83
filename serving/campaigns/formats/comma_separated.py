"""CSV for people and spreadsheets: RFC 4180 in UTF-8, with no cell that a spreadsheet would run.

From RFC 4180 (rfc-editor.org/rfc/rfc4180): lines end in CR LF, the first line holds the names, cells with a comma, a
quote or a line's end stand in quotes, and a quote within is doubled.
"""

import csv
import io
from collections.abc import Iterable, Iterator

import pyarrow as pa

from serving.campaigns.formats.cells import cell, guarded
from serving.campaigns.formats.target import Part, Target


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """A file of every batch, all columns as they stand."""
    yield from files(rows, what.batch)


def files(rows: pa.Table, batch: int, most_bytes: int | None = None) -> Iterator[Part]:
    """Files of at most so many rows and bytes, each with the line of names."""
    head = _line(guarded(name) for name in rows.column_names)
    lines, size = [head], len(head)
    for line in _lines(rows):
        if len(lines) > batch or (most_bytes is not None and len(lines) > 1 and size + len(line) > most_bytes):
            yield Part(len(lines) - 1, b"".join(lines), ".csv")
            lines, size = [head], len(head)
        lines.append(line)
        size += len(line)
    if len(lines) > 1:
        yield Part(len(lines) - 1, b"".join(lines), ".csv")


def text(rows: pa.Table, head: bool) -> bytes:
    """Lines of the rows; head: after the line of names."""
    return b"".join([_line(guarded(name) for name in rows.column_names)] * head + list(_lines(rows)))


def _lines(rows: pa.Table) -> Iterator[bytes]:
    for some in rows.to_batches(max_chunksize=10_000):
        for row in zip(*(column.to_pylist() for column in some.columns), strict=True):
            yield _line(cell(value) for value in row)


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
