"""The layers job on Spark: executors group a bucket's users, write them, and tell how many are in each group."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from features import whole_files
from features.build.look_up import arrays
from features.config.layer_rules import STATES, Cuts, Layer
from features.engine.spark_tasks import each_task
from features.groups.layer_cuts import ACTIVE
from features.progress import Progress
from features.user_base import UserBase
from serving.batch.bucket_features import RequiredFeatures, SplitFeatures
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.reports.work import parts
from serving.reports.work.layer_groups import groups
from serving.reports.work.split_on_spark import split_on_spark


@dataclass(frozen=True)
class Job:
    """What all buckets have in common. snapshot: the folder of that of the date, if there is one."""

    layers: tuple[Layer, ...]
    cuts: Cuts
    features: SplitFeatures
    snapshot: Path | None
    file: Path


def grouped(
    base: UserBase,
    as_of: datetime,
    layers: Sequence[Layer],
    cuts: Cuts,
    snapshot: Snapshot | None,
    file: Path,
    digits: int | None,
    progress: Progress,
) -> tuple[int, Counter[tuple[str, str]], Path]:
    """Have executors group everybody known at the date and write them beside ``file``, bucket by bucket; all users,
    (layer, group) → users, and what to call the files."""
    names = dict.fromkeys([ACTIVE, *(name for one in layers for name in one.names if name not in STATES)])
    with split_on_spark(base, as_of, "layers", digits) as split:
        features = split.features(as_of, RequiredFeatures(tuple(names), (), (), ()), progress)
        there = snapshot.folder if snapshot else None
        do = partial(group_bucket, Job(tuple(layers), dict(cuts), features, there, split.work / file.name))
        counts = Counter[tuple[str, str]]()
        for told in each_task(base.config, split.work, split.prefixes, do):
            counts.update({(layer, group): users for layer, group, users in told})
        base.still_as_read()
        parts.put(split.work, file, split.prefixes)
        return split.users, counts, parts.shown(file, split.prefixes)


def group_bucket(job: Job, prefix: str) -> list[tuple[str, str, int]]:
    """Group a bucket's users, and write them; on an executor, perhaps by several attempts at once."""
    found = job.features.find(prefix).features
    values = arrays(found, found, found.column_names[1:])
    if job.snapshot:
        snapshot = open_snapshot(job.snapshot)
        for state in STATES:
            column = snapshot.column(state, found["user_id"], prefix)
            values[state] = np.asarray(column.to_pylist(), dtype=object)
    table, counts = groups(job.layers, job.cuts, found["user_id"], values)
    whole_files.write_parquet(parts.part_of(job.file, prefix), table)
    return [(layer, group, users) for (layer, group), users in counts.items()]
