"""The features job: the feature table of every user known at a cutoff, as a Parquet file, written bucket by bucket."""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.build import count_known, known, model_columns
from features.build.feature_table import plan, run
from features.build.population import measure, moment
from features.build.warm_days import with_days
from features.catalogue.columns_needed import columns_needed
from features.catalogue.feature import FeatureColumn
from features.engine.spark import read_split
from features.errors import BadInput
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.buckets import PART, digits_for, split_base
from serving.batch.lock import alone
from serving.batch.part import ALL, prefixes


@dataclass(frozen=True)
class Written:
    """as_of: the cutoff. users: rows of the file. columns: names of its features."""

    as_of: datetime
    users: int
    columns: tuple[str, ...]


def write(
    base: UserBase, cutoff: datetime, file: Path, progress: Progress = silent, digits: int | None = None
) -> Written:
    """Build every column that models may use and write them, whole or not at all; the folder must be there.

    Rows come by bucket of md5(user_id as text), in each by user; up to 100,000 users are one bucket. digits: of the
    hash, see ``buckets.digits_for``. Memory goes by the bucket, not by the users. Raises BadInput where nobody is
    known at the cutoff.
    """
    columns = model_columns(base.config, base.tables)
    users = count_known(base, cutoff)
    if not users:
        raise BadInput(f"as-of {cutoff:%Y-%m-%d %H:%M}: no user is known then; take a later as-of")
    digits = digits_for(users) if digits is None else digits
    work = base.config.store_path / "work" / f"features-{os.getpid()}"
    with alone(work.with_suffix(".lock")):
        try:
            tables = _buckets(with_days(base, [cutoff]), cutoff, columns, digits, work)
            whole_files.write(file, lambda part: _fill(part, base, tables, users, progress))
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Written(cutoff, users, tuple(column.name for column in columns))


def _fill(part: Path, base: UserBase, tables: Iterator[pa.Table], users: int, progress: Progress) -> None:
    done, writer = 0, None
    try:
        for table in tables:
            progress("building features", done, users)
            writer = writer or pq.ParquetWriter(part, table.schema)
            writer.write_table(table)
            done += table.num_rows
    finally:
        if writer:
            writer.close()
    progress("building features", done, users)
    base.still_as_read()
    if done != users:
        raise BadInput(f"{part.parent}: {users:,} users are known and {done:,} were written; write them again")


def _buckets(
    base: UserBase, cutoff: datetime, columns: Sequence[FeatureColumn], digits: int, work: Path
) -> Iterator[pa.Table]:
    """The features of each bucket's users, by user."""
    population = measure(base, cutoff)
    if base.config.engine.kind == "spark":
        moment(base.con, population)
        query = plan(base, columns, everybody=True).spark
        assert query
        work.mkdir(parents=True, exist_ok=True)
        query.write(base.con, work / "features", PART, digits, ALL)
        for prefix in prefixes(digits):
            yield read_split(work / "features", f"{PART}={prefix}").sort_by("user_id")
        return
    needed = columns_needed(base.tables, [column.name for column in columns])
    everybody = base.con.create_table("known", known(base, cutoff), temp=True, overwrite=True)
    part, rows = split_base(base, everybody, cutoff, needed, digits, work)
    compiled = plan(part, columns, everybody=True)
    for prefix in prefixes(digits):
        rows.show(base.con, prefix)
        yield run(base.con, compiled, population).sort_by("user_id")
