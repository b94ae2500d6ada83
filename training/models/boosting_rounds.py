"""How many rounds the churn model learns for: the default, or twice as many where that helped at past cutoffs.

Doubled rounds gained nothing in the study (docs/explanation/protocol.md), whose logs hold only orders. A base with many
tables and rows has more to learn: on a simulated one, the default rounds predicted risks that spread less than the true
ones (calibration slope 1.13).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import lightgbm as lgb
import numpy as np

from training.models import boost, churn
from training.models.log_loss import log_loss
from training.rows.spine import PER_HORIZON, Rows

MANY_ROWS = 75_000  # below this, doubled rounds are not tried
CERTAIN = 1.0  # standard error: within it, the simpler model wins (Breiman et al., CART, 1984)


def settings(
    rows: Rows, data: lgb.Dataset, matrix: np.ndarray, window: timedelta, *, seed: int, threads: int, **given: Any
) -> Mapping[str, int]:
    """``rounds``, doubled, where that lowered log loss at the cutoffs of the last horizon by more than one standard
    error over users; otherwise, and below 75,000 rows, nothing.

    The comparison uses a model of the windows that had closed by the first of these cutoffs. data, matrix: the rows'
    features, binned and plain. window: how long after a cutoff its labels are known. given: the churn model's settings.
    """
    if len(rows) < MANY_ROWS or len(rows.cutoffs) <= PER_HORIZON:
        return {}
    cutoffs, first = np.array(rows.cutoffs), len(rows.cutoffs) - PER_HORIZON
    known = np.isin(rows.cutoff, np.flatnonzero(cutoffs + window <= cutoffs[first]))
    tested, weight = rows.cutoff >= first, churn.season_weight(rows, rows.cutoffs[first])
    if len(np.unique(rows.churned[known])) < 2 or not tested.any():
        return {}
    more = given | {"rounds": 2 * boost.ROUNDS}
    text = churn.train(data, rows, seed=seed, threads=threads, weight=weight, mask=known, **more)
    fewer, doubled = (
        log_loss(boost.predict(text, matrix[tested], threads, n), rows.churned[tested]) for n in (boost.ROUNDS, None)
    )
    change, error = _mean(doubled - fewer, rows.user_id.to_numpy(zero_copy_only=False)[tested])
    return {"rounds": 2 * boost.ROUNDS} if change < -CERTAIN * error else {}


def _mean(change: np.ndarray, users: np.ndarray) -> tuple[float, float]:
    """The mean and its standard error; all rows of one user count as one draw."""
    user = np.unique(users, return_inverse=True)[1]
    mean = change.mean()
    return float(mean), float(np.sqrt((np.bincount(user, change - mean) ** 2).sum()) / len(change))
