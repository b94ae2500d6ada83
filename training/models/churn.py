"""The churn model: the probability that a user shows no activity in the horizon ahead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import lightgbm as lgb
import numpy as np

from training.models import boost
from training.rows.spine import Rows

SEASONAL_DAYS = 300
YEAR_DAYS = 365.25  # until the season returns
FEWEST_OF_EITHER = 100  # rows that churned and rows that stayed: from fewer, LightGBM learns noise


def train(data: lgb.Dataset, rows: Rows, *, seed: int, threads: int, weight: np.ndarray | None, **settings: Any) -> str:
    """The churn booster, as text. data: the rows' features, binned. settings: LightGBM's, see ``boost.fit``."""
    return boost.fit("binary", data, rows.churned, seed=seed, threads=threads, weight=weight, **settings)


def seasonal(cutoffs: Sequence[datetime]) -> bool:
    """Whether the cutoffs span more than 300 days, long enough to see the season return."""
    return bool(cutoffs) and (max(cutoffs) - min(cutoffs)).days > SEASONAL_DAYS


def season_weight(rows: Rows, test: datetime, among: Sequence[int] | np.ndarray | None = None) -> np.ndarray | None:
    """exp(cos(2π·Δdays/365.25) − 1), Δ from each row's cutoff to the test cutoff: rows of the same season weigh most.

    None where the cutoffs span 300 days or less, too short to see the season return; among: the numbers of those that
    are learned from, default all. It helped on real retail logs.
    """
    if not seasonal(rows.cutoffs if among is None else [rows.cutoffs[k] for k in among]):
        return None
    days = np.array([(test - cutoff).total_seconds() / 86400 for cutoff in rows.cutoffs])
    return np.exp(np.cos(2 * np.pi * days / YEAR_DAYS) - 1)[rows.cutoff]
