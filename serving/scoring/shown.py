"""What a snapshot shows of a user beside scores: orders by week and the balance of points.

They are features, and asked for with those of the model.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.build import feature_table
from features.user_base import UserBase

WEEKS = 26
BALANCE = "points_balance"
COUNTS = ("order_count", "active_count")  # the first that the tables have


def shown(base: UserBase) -> tuple[str, ...]:
    """The names of these features, as far as the tables have what they need."""
    there = {one.name for one in feature_table.available(base.config, base.tables)}
    counted = next(name for name in COUNTS if name in there)
    return (*_weekly(counted), *([BALANCE] if BALANCE in there else []))


def weekly_counts(table: pa.Table) -> pa.Array:
    """Orders in each of the last 26 weeks, oldest first, of rows of features; without orders, times active. Null where
    the table lacks them."""
    for names in map(_weekly, COUNTS):
        if set(names) <= set(table.column_names):
            so_far = np.stack([table[name].to_numpy().astype(np.int64) for name in names], axis=1)
            newest_first = np.diff(so_far, axis=1, prepend=0)
            ends = pa.array(np.arange(len(table) + 1, dtype=np.int32) * WEEKS)
            return pa.ListArray.from_arrays(ends, pa.array(newest_first[:, ::-1].ravel()))
    return pa.nulls(len(table), pa.list_(pa.int64()))


def points_balance(table: pa.Table) -> pa.Array:
    """The balance of points of rows of features; null where the table lacks it."""
    if BALANCE not in table.column_names:
        return pa.nulls(len(table), pa.float64())
    return table[BALANCE].combine_chunks().cast(pa.float64())


def _weekly(name: str) -> Sequence[str]:
    return [f"{name}_{7 * week}d" for week in range(1, WEEKS + 1)]
