"""JSON lines for programs: an object a user, all columns, null where there is nothing (jsonlines.org)."""

import json
from collections.abc import Iterator

import pyarrow as pa

from serving.campaigns.formats.cells import json_value
from serving.campaigns.formats.target import Part, Target


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """A file of every batch: UTF-8, a line ends in LF, times are ISO 8601 in UTC."""
    for at in range(0, rows.num_rows, what.batch):
        some = rows.slice(at, what.batch).to_pylist()
        lines = [dumps({name: json_value(value) for name, value in row.items()}) for row in some]
        yield Part(len(some), "".join(f"{line}\n" for line in lines).encode(), ".jsonl")


def dumps(value: object) -> str:
    """JSON on one line, the same bytes for the same value; raises ValueError for a number that JSON has not."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
