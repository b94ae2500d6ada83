"""The stages job on Spark: executors place a bucket's users, write them, and tell what is counted of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from features import whole_files
from features.config import Config
from features.engine.spark_tasks import each_task
from features.groups import lifecycle
from features.progress import Progress
from features.user_base import UserBase
from serving.batch.bucket_features import RequiredFeatures, SplitFeatures
from serving.batch.snapshot import on_date, open_snapshot
from serving.reports.work import parts
from serving.reports.work.split_on_spark import split_on_spark
from serving.reports.work.stage_counts import Counted, counted, of_plain, rows_of


@dataclass(frozen=True)
class Date:
    """A date at which users are placed: where executors find their features and, if there is one, its snapshot."""

    at: datetime
    features: SplitFeatures
    snapshot: Path | None


def placed(
    base: UserBase, at: Sequence[datetime], file: Path, digits: int | None, progress: Progress
) -> tuple[list[Counted], Path]:
    """Have executors place everybody at each date and write them beside ``file``, bucket by bucket; what they counted
    of each, and what to call their files."""
    ladders, now, looks = lifecycle.read_rules(base.config)
    columns = tuple(dict.fromkeys([lifecycle.SILENT, *now, *looks]))
    required = RequiredFeatures(columns, columns, tuple(dict.fromkeys(looks)), ladders)
    with split_on_spark(base, at[-1], "stages", digits) as split:
        dates = []
        for number, date in enumerate(at):
            progress("placing users", number, len(at))
            there = on_date(base.config.store_path, date)
            dates.append(Date(date, split.features(date, required, progress), there.folder if there else None))
        do = partial(place_bucket, base.config, tuple(dates), split.work / file.name)
        told = [of_plain(one, at) for one in each_task(base.config, split.work, split.prefixes, do)]
        base.still_as_read()
        parts.put(split.work, file, split.prefixes)
        progress("placing users", len(at), len(at))
        return told, parts.shown(file, split.prefixes)


def place_bucket(config: Config, dates: Sequence[Date], file: Path, prefix: str) -> dict[str, Any]:
    """Place a bucket's users at each date, and write them; on an executor, perhaps by several attempts at once."""
    found = [_placed(config, one, prefix) for one in dates]

    def fill(part: Path) -> None:
        tables = [rows_of(one) for one in found]
        with pq.ParquetWriter(part, tables[0].schema, compression="zstd") as writer:
            for rows in tables:
                writer.write_table(rows)

    whole_files.write(parts.part_of(file, prefix), fill)
    return counted(config, found).plain()


def _placed(config: Config, date: Date, prefix: str) -> lifecycle.Placed:
    found = date.features.find(prefix)
    snapshot = open_snapshot(date.snapshot) if date.snapshot else None
    band = snapshot and snapshot.column("risk_band", found.features["user_id"], prefix)
    return lifecycle.placed_from(
        config, config.ladders, date.at, found.features, found.now, found.weeks, band if snapshot else None
    )
