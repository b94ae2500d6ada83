"""The features job: the feature table of every user known at a cutoff, as a Parquet file."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.build import build, model_columns
from features.user_base import UserBase


def write(base: UserBase, cutoff: datetime, file: Path) -> pa.Table:
    """Build every column that models may use and write it by user, whole or not at all; the folder must be there."""
    table = build(base, cutoff, model_columns(base.config, base.tables)).sort_by("user_id")
    base.still_as_read()
    whole_files.write(file, lambda part: pq.write_table(table, part))
    return table
