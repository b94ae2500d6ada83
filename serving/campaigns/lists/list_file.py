"""A list of users as a file: CSV that no spreadsheet runs, JSON lines, or Parquet; whole or not there."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput, did_you_mean
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.snapshot import Snapshot
from serving.campaigns.formats import comma_separated, json_lines
from serving.campaigns.formats.cells import plain
from serving.campaigns.formats.target import Target
from serving.campaigns.lists.user_list import Wanted, user_list

FORMATS = ("csv", "jsonl", "parquet")


def write(
    base: UserBase, snapshot: Snapshot, wanted: Wanted, form: str, file: Path, progress: Progress = silent
) -> int:
    """Write the list of users and return how many there are. Raises BadInput for an unknown format or rule."""
    if form not in FORMATS:
        raise BadInput(f"--format '{form}': {did_you_mean(form, FORMATS)}")
    file.parent.mkdir(parents=True, exist_ok=True)
    work = base.config.store_path / "tmp" / f"{os.getpid()}-list-{file.name}"  # two at once do not meet
    counted = 0
    try:
        tables = user_list(base, snapshot, wanted, work, progress)

        def fill(part: Path) -> None:
            nonlocal counted
            counted = _parquet(part, tables) if form == "parquet" else _text(part, tables, form)

        whole_files.write(file, fill)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return counted


def _parquet(part: Path, tables: Iterator[pa.Table]) -> int:
    first = next(tables)
    count = len(first)
    with pq.ParquetWriter(part, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)
            count += len(table)
    return count


def _text(part: Path, tables: Iterator[pa.Table], form: str) -> int:
    count = 0
    with part.open("wb") as opened:
        for table in tables:
            rows = plain(table)
            if form == "csv":
                head = not opened.tell()
                opened.write(comma_separated.text(rows, head))
            elif len(rows):
                what = Target("list", len(rows), "list")
                opened.writelines(one.data for one in json_lines.parts(rows, what))
            count += len(rows)
    return count
