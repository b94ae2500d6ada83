"""Scores buckets on the executors of Spark, which write the parts of the snapshot themselves."""

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.engine import spark_session, spark_workers
from features.engine.spark_failure import reporting_errors
from features.errors import BadInput
from serving.batch.bucket_features import SplitFeatures
from serving.batch.part import finished_part, write_part
from serving.batch.snapshot import open_snapshot
from serving.batch.work.bucket_rows import Scoring, bucket_rows
from training import bundle as bundles
from training.trained_model import Bundle

TOLD = "prefix string, rows long"
TRIES = 3  # of a part, where another attempt at the same writes it at the same time


def score_on_executors(of: Scoring, bundle: Bundle, features: SplitFeatures, prefixes: Sequence[str]) -> None:
    """Have executors write the parts of these prefixes and their records, one bucket a task.

    A task that is tried again finds what an attempt before it finished. Raises BadInput where an executor does not see
    the store or has another Holdfast, and with the cause where one fails.
    """
    session = spark_session.own_session(of.config)
    with tempfile.TemporaryDirectory() as folder:
        name = spark_session.ship(session, packed(bundle, Path(folder)))
    with reporting_errors():
        spark_workers.see(session, of.work, alike=True)
        tasks = session.range(0, len(prefixes), 1, len(prefixes))
        before = of.before.folder if of.before else None
        work = _scoring(replace(of, before=None, threads=1), before, name, features, tuple(prefixes))
        told = {row["prefix"]: row["rows"] for row in tasks.mapInArrow(work, TOLD).collect()}
        spark_workers.see(session, of.work, alike=True)  # those that came meanwhile
    if lost := [prefix for prefix in prefixes if prefix not in told]:
        raise BadInput(f"{of.folder}: of {len(prefixes)} parts Spark left out {len(lost)}, as {lost[0]}; try again")


def packed(bundle: Bundle, folder: Path) -> Path:
    """A bundle as one file in the folder, whose name tells its content."""
    bundles.save(bundle, folder / "bundle")
    file = folder / "bundle.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted((folder / "bundle").iterdir()):
            archive.write(one, one.name)
    return file.rename(folder / f"holdfast-bundle-{sha256(file.read_bytes()).hexdigest()[:16]}.zip")


@lru_cache(maxsize=1)
def unpacked(file: str) -> Bundle:
    """The bundle in a packed file, held against its hashes; once a process."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)
        return bundles.load(folder)


def score_bucket(of: Scoring, bundle: Bundle, features: SplitFeatures, prefix: str) -> dict[str, Any]:
    """Write a bucket's part and record, unless they are there; the record.

    Two attempts at one bucket may run at once, where Spark took an executor for lost that was not. Both write files of
    names of their own, renamed when whole, and of the same rows; so only a part and a record of two attempts could
    stand beside each other, and then the part is written once more. Raises BadInput where that does not help.
    """
    for _ in range(TRIES):
        if record := finished_part(of.folder, prefix):
            return record
        rows, about = bucket_rows(of, bundle, features.find(prefix), prefix)
        write_part(of.folder, prefix, rows, about)
    if record := finished_part(of.folder, prefix):
        return record
    raise BadInput(f"{of.folder}: part {prefix} is not what was written; check the disk of the store, then score again")


def _scoring(of: Scoring, before: Path | None, name: str, features: SplitFeatures, prefixes: tuple[str, ...]) -> Any:
    """What a task does with the numbers of prefixes that it is given."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import SparkFiles

        bundle = unpacked(SparkFiles.get(name))
        here = replace(of, before=open_snapshot(before)) if before else of
        for batch in batches:
            for number in batch.column(0).to_pylist():
                record = score_bucket(here, bundle, features, prefixes[number])
                yield pa.RecordBatch.from_pylist([{"prefix": prefixes[number], "rows": record["rows"]}])

    return work
