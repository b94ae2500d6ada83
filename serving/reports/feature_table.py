"""The features job: the feature table of every user known at a cutoff, as a Parquet file."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from features import whole_files
from features.build import build, model_columns
from features.config import Config
from features.tables import Tables


def write(config: Config, con: Backend, tables: Tables, cutoff: datetime, file: Path) -> pa.Table:
    """Build every column that models may use and write it by user, whole or not at all; the folder must be there."""
    table = build(config, con, tables.tables, cutoff, model_columns(config, tables.tables)).sort_by("user_id")
    whole_files.write(file, lambda part: pq.write_table(table, part))
    return table
