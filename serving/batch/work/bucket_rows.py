"""A bucket's snapshot rows, from its features: the same in this process and on an executor of Spark."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import whole_files
from features.config import Config
from features.groups import lifecycle
from serving.batch import counts as tally
from serving.batch.bucket_features import BucketFeatures
from serving.batch.earlier import stages_before
from serving.batch.snapshot import Snapshot
from serving.scoring.named import Named, named_columns
from serving.scoring.scorer import snapshot_rows
from training.trained_model import Bundle

ROWS = 100_000  # scored and explained at once: what bounds the memory of a large bucket


@dataclass(frozen=True)
class Scoring:
    """What all buckets of a run have in common, beside the bundle.

    version: the model's name. before: the earlier snapshot. folder: of the parts; work: of what goes when the run is
    done. threads: of one bucket.
    """

    config: Config
    version: str
    as_of: datetime
    before: Snapshot | None
    named: Named | None
    folder: Path
    work: Path
    threads: int


def measure_file(work: Path, prefix: str) -> Path:
    """What levels go by, of a bucket's users: for the boards, which would have to work it out again."""
    return work / f"measure-{prefix}.parquet"


def bucket_rows(of: Scoring, bundle: Bundle, found: BucketFeatures, prefix: str) -> tuple[pa.Table, dict[str, Any]]:
    """A bucket's snapshot rows by user, and what its record says of them."""
    config = of.config
    scored = [
        snapshot_rows(
            bundle,
            found.features.slice(begin, ROWS),
            of.as_of,
            config.eligible,
            of.version,
            config.hash(),
            of.threads,
        )
        for begin in range(0, max(len(found.features), 1), ROWS)
    ]
    rows = pa.concat_tables(scored).combine_chunks()
    band = rows["risk_band"].combine_chunks()
    placed = lifecycle.placed_from(config, config.ladders, of.as_of, found.features, found.now, found.weeks, band)
    rows = _with(rows, "stage", placed.users["stage"])
    rows = _with(rows, "stage_before", stages_before(of.before, rows["user_id"], prefix))
    if of.named and found.users is not None:
        more = named_columns(config, of.named, rows, found.features, found.users, found.measured)
        if of.as_of in found.measured:
            known = pa.array(found.measured[of.as_of], pa.float64(), from_pandas=True)  # NaN: not known
            measure = pa.table({"user_id": rows["user_id"], "measure": known})
            whole_files.write_parquet(measure_file(of.work, prefix), measure, plain=True)
        for name, column in more.items():
            rows = _with(rows, name, column)
    eligible = found.features.filter(rows["eligible"])
    unseen, inputs = bundle.unseen(eligible), bundle.spread(eligible)
    told = {"counts": tally.count(rows), "unseen": unseen, "curve_alike": tally.curve_alike(rows)}
    return rows, told | {"inputs": inputs}


def _with(rows: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), column)
