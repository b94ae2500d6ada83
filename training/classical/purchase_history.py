"""Every user's history at a cutoff in four numbers: the input of the classical models of purchases."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.build import build
from features.build.feature_table import known_in
from features.catalogue.feature import parse
from features.user_base import UserBase
from training.rows.spine import ask, floats, sampled

EVER = 36_500  # days: a window that holds every row
SUMS = {"orders.amount": "order_amount", "events.value": "event_value", "events": "event_count"}  # by `[value] sum`


@dataclass(frozen=True)
class Histories:
    """One entry per user active before the cutoff, ordered by user; arrays of shape (users,), without nulls.

    frequency: active days (hours, for horizons under 14 days) after the first. recency: days from the first activity to
    the last, 0 where frequency is 0. age: days from the first activity to the cutoff. value: ``[value] sum`` so far,
    refunds subtracted.
    """

    user_id: pa.ChunkedArray
    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    value: np.ndarray

    def places(self, users: pa.ChunkedArray) -> np.ndarray:
        """The index of each given user; raises KeyError where one has no history."""
        found = pc.index_in(users, self.user_id.combine_chunks())
        if found.null_count:
            raise KeyError(f"{found.null_count} of {len(users)} users have no history")
        return found.to_numpy()


def histories(base: UserBase, cutoff: datetime, share: float = 1.0) -> Histories:
    """The histories of everybody active before the cutoff, eligible or not; with ``share`` < 1 of a sample of them, in
    which are those whom ``eligible`` takes for it.

    Without users idle for long, the models would learn that nobody leaves: on essec, 2015-01-01, the log loss
    was .668 instead of .608.
    """
    total = f"{SUMS[base.config.value.sum]}_{EVER}d"
    names = ("gap_count", "days_since_active", "tenure_days", total)
    users = ask(base, cutoff, lambda tables: sampled(known_in(tables, cutoff), share)) if share < 1 else None
    found = build(base, cutoff, [parse(name) for name in names], users)
    found = found.filter(found["tenure_days"].is_valid()).sort_by("user_id")
    frequency, silence, age, value = (floats(found[name]) for name in names)
    recency = np.where(frequency > 0, age - silence, 0.0)
    return Histories(found["user_id"], frequency, recency, age, value)
