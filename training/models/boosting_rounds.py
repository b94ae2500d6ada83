"""How many rounds the churn model learns for: the study's, or twice as many where past cutoffs say that it pays.

Doubled rounds gained nothing in the study (docs/explanation/protocol.md), whose logs hold orders alone. A base with
many tables and many rows has more to learn: on a simulated one the study's rounds gave risks that spread less than the
true ones (calibration slope 1.13).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import lightgbm as lgb
import numpy as np

from training.models import boost, churn
from training.rows.spine import Rows

MANY_ROWS = 75_000  # to ask at all
CUTOFFS = 4  # the latest, to ask at
CERTAIN = 1.0  # standard errors: the rule of Breiman et al., CART (1984), by which the simpler model wins a tie
LOW = 1e-6


def settings(
    rows: Rows, data: lgb.Dataset, matrix: np.ndarray, window: timedelta, *, seed: int, threads: int, **given: Any
) -> Mapping[str, int]:
    """``rounds``, doubled, where that made log loss lower at the latest cutoffs, beyond one standard error over users;
    else nothing, as below 75,000 rows.

    Asked of a model that learned from what had closed by the first of these cutoffs. data, matrix: the rows' features,
    binned and plain. window: how long after a cutoff its labels are known. given: the churn model's settings.
    """
    if len(rows) < MANY_ROWS or len(rows.cutoffs) <= CUTOFFS:
        return {}
    cutoffs, first = np.array(rows.cutoffs), len(rows.cutoffs) - CUTOFFS
    known = np.isin(rows.cutoff, np.flatnonzero(cutoffs + window <= cutoffs[first]))
    asked, weight = rows.cutoff >= first, churn.season_weight(rows, rows.cutoffs[first])
    if len(np.unique(rows.churned[known])) < 2 or not asked.any():
        return {}
    more = given | {"rounds": 2 * boost.ROUNDS}
    text = churn.train(data, rows, seed=seed, threads=threads, weight=weight, mask=known, **more)
    fewer, doubled = (
        _loss(boost.predict(text, matrix[asked], threads, n), rows.churned[asked]) for n in (boost.ROUNDS, None)
    )
    change, error = _mean(doubled - fewer, rows.user_id.to_numpy(zero_copy_only=False)[asked])
    return {"rounds": 2 * boost.ROUNDS} if change < -CERTAIN * error else {}


def _loss(risk: np.ndarray, churned: np.ndarray) -> np.ndarray:
    risk = np.clip(risk, LOW, 1 - LOW)
    return -np.where(churned == 1, np.log(risk), np.log(1 - risk))


def _mean(change: np.ndarray, users: np.ndarray) -> tuple[float, float]:
    """The mean and its standard error, of which the rows of one user count as one draw."""
    user = np.unique(users, return_inverse=True)[1]
    mean = change.mean()
    return float(mean), float(np.sqrt((np.bincount(user, change - mean) ** 2).sum()) / len(change))
