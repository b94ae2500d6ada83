"""What was known of assigned users before: scores, and what they did in the window before the first assignment.

The window before is in the logs themselves, so that arms can be compared where no snapshot is old enough.
"""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.user_base import UserBase
from training.rows.labels import ahead, labels, window
from training.verification.arms import Covariates, covariates, log_scale
from training.verification.campaigns.assigned import Campaign

RISK, EXPECTED, NO_SCORE = "risk", "log expected value", "no score"
ACTIVE, SPENT = "active in the window before", "log value in the window before"


def before(base: UserBase, campaign: Campaign) -> tuple[np.ndarray, np.ndarray]:
    """Whether each user was active (0 or 1), and the value, in the window that ends with the campaign's first
    assignment; shape (rows,). All 0 where the logs do not reach back so far."""
    begin = campaign.begin
    earlier = ahead(base.config, begin, -window(base.config) / timedelta(days=1))
    users = campaign.users["user_id"]
    found = labels(base, begin, earlier, pa.table({"user_id": pc.unique(users)}))
    found = found.take(pc.index_in(users, found["user_id"].combine_chunks()))
    return 1.0 - found["churned"].to_numpy().astype(float), found["value"].to_numpy()


def of_drawn(drawn: np.ndarray, treated: np.ndarray, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
    """The arm and the columns of what was drawn: of each cluster its users' mean, those who are not known left out;
    as they are where users were drawn. All of shape (users,)."""
    codes, first, at = np.unique(drawn, return_index=True, return_inverse=True)
    if len(codes) == len(drawn):
        return treated, *columns
    found = [treated[first]]
    for column in columns:
        known = np.isfinite(column)
        count = np.bincount(at, known)
        total = np.bincount(at, np.where(known, column, 0.0))
        found.append(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    return tuple(found)


def compared(
    treated: np.ndarray, risk: np.ndarray, expected: np.ndarray, active: np.ndarray, spent: np.ndarray
) -> tuple[Covariates, Covariates]:
    """All of it, as the test of balance takes it, in treatment and holdout. risk, expected: NaN without a score."""
    lost = np.isnan(risk) | np.isnan(expected)
    columns = {ACTIVE: active, SPENT: log_scale(spent)}
    if not lost.all():
        columns = {RISK: np.where(lost, np.nan, risk), EXPECTED: log_scale(np.where(lost, np.nan, expected))} | columns
        columns |= {NO_SCORE: lost} if lost.any() else {}
    return covariates(tuple(columns), treated, np.column_stack(list(columns.values())))
