"""A table of users by bucket: one file, or on Spark, whose executors write it, one file a bucket beside its name."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from serving.batch.part import ALL


def part_of(file: Path, prefix: str) -> Path:
    """Where a bucket's rows are: stages-3f.parquet of stages.parquet; the file itself where there is one bucket."""
    return file if prefix == ALL else file.with_name(f"{file.stem}-{prefix}{file.suffix}")


def parts_there(file: Path) -> list[Path]:
    """The files that hold the table, in order; none where it was never written."""
    name = re.compile(re.escape(file.stem) + r"(-[0-9a-f]{1,3})?" + re.escape(file.suffix))
    return sorted(one for one in file.parent.glob(f"{file.stem}*{file.suffix}") if name.fullmatch(one.name))


def shown(file: Path, prefixes: Sequence[str]) -> Path:
    """What to call the files where people read it, and DuckDB too: stages-*.parquet."""
    return file if list(prefixes) == [ALL] else file.with_name(f"{file.stem}-*{file.suffix}")


def read_parts(file: Path) -> pa.Table:
    """All rows, bucket by bucket."""
    return pa.concat_tables([pq.ParquetFile(one).read() for one in parts_there(file)])


def only(file: Path, prefixes: Sequence[str] = (ALL,)) -> None:
    """Remove what an earlier run left in files of other buckets."""
    kept = {part_of(file, prefix) for prefix in prefixes}
    for left in parts_there(file):
        if left not in kept:
            left.unlink()


def put(work: Path, file: Path, prefixes: Sequence[str]) -> None:
    """Move every bucket's file from the work folder into the place of the table, each whole or not at all."""
    for prefix in prefixes:
        made = part_of(work / file.name, prefix)
        try:
            made.replace(part_of(file, prefix))
        except OSError:  # another file system
            whole_files.write(part_of(file, prefix), lambda part, made=made: shutil.copyfile(made, part))  # type: ignore[misc]
    only(file, prefixes)
