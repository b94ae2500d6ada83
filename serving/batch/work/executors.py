"""Scores buckets on the executors of Spark, which write the parts of the snapshot themselves."""

import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from features import whole_files
from features.engine import spark_session
from features.engine.spark_tasks import each_task
from features.errors import BadInput
from serving.batch.bucket_features import SplitFeatures
from serving.batch.challenger import kept
from serving.batch.part import finished_part, part_file, record_file, write_part
from serving.batch.snapshot import open_snapshot
from serving.batch.work.bucket_rows import Scoring, bucket_rows
from training import bundle as bundles
from training.tracking import Challenger, Version
from training.trained_model import Bundle

TRIES = 3  # of a part, where another attempt at the same writes it at the same time


def score_on_executors(of: Scoring, bundle: Bundle, features: SplitFeatures, prefixes: Sequence[str]) -> None:
    """Have executors write the parts of these prefixes and their records, one bucket a task.

    A task that is tried again finds what an attempt before it finished. Raises BadInput where an executor does not see
    the store or has another Holdfast, and with the cause where one fails.
    """
    session = spark_session.own_session(of.config)
    with tempfile.TemporaryDirectory() as folder:
        name = spark_session.ship(session, packed(bundle, Path(folder)))
    before = of.before.folder if of.before else None
    here = replace(of, before=None, threads=1)

    def do(prefix: str) -> int:
        from pyspark import SparkFiles

        opened = replace(here, before=open_snapshot(before)) if before else here
        return int(score_bucket(opened, unpacked(SparkFiles.get(name)), features, prefix)["rows"])

    each_task(of.config, of.work, prefixes, do, session)


def challenge_on_executors(
    of: Scoring, challenger: Challenger, features: SplitFeatures, prefixes: Sequence[str]
) -> None:
    """Have executors write the challenger's scores beside the parts of these prefixes, which are there, and tell of
    them in their records. Raises BadInput as ``score_on_executors`` does."""
    session = spark_session.own_session(of.config)
    with tempfile.TemporaryDirectory() as folder:
        name = spark_session.ship(session, packed(challenger.version.bundle, Path(folder)))
    place, number, since = of.folder, challenger.version.number, challenger.since

    def do(prefix: str) -> int:
        from pyspark import SparkFiles

        rival = Challenger(Version(number, "", unpacked(SparkFiles.get(name))), since)
        return challenge_bucket(place, rival, features, prefix)

    each_task(of.config, of.work, prefixes, do, session)


def challenge_bucket(folder: Path, challenger: Challenger, features: SplitFeatures, prefix: str) -> int:
    """Write the challenger's scores of a bucket and tell of them in its record, unless they are there; how many."""
    record = whole_files.read_sealed(record_file(folder, prefix))
    if not kept.finished(folder, prefix, record, challenger):
        eligible = pq.ParquetFile(part_file(folder, prefix)).read(["eligible"])["eligible"]
        scored = features.find(prefix).features.filter(eligible)
        record |= kept.write(folder, prefix, challenger, scored, 1)
        whole_files.write_sealed(record_file(folder, prefix), record)
    return int(record[kept.KEY]["rows"])


def packed(bundle: Bundle, folder: Path) -> Path:
    """A bundle as one file in the folder, whose name tells its content."""
    bundles.save(bundle, folder / "bundle")
    file = folder / "bundle.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted((folder / "bundle").iterdir()):
            archive.write(one, one.name)
    return file.rename(folder / f"holdfast-bundle-{sha256(file.read_bytes()).hexdigest()[:16]}.zip")


@lru_cache(maxsize=2)  # champion and challenger
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
