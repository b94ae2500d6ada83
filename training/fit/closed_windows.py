"""How ways to train would have done at the newest closed windows: each is fitted on what was known then.

A way is a number of cutoffs to learn from and settings of the churn model. Its booster learns few rounds, since ways
are compared with each other; which one wins does not hang on the last rounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import lightgbm as lgb
import numpy as np

from training.models import boost, churn
from training.models.log_loss import log_loss
from training.rows.spine import PER_HORIZON, Rows

STEP, WINDOWS = PER_HORIZON // 2, 3  # the windows to judge by: so many cutoffs apart, so many of them
MOST_ROWS = 20_000  # to learn from; beyond, a sample of users: it is the same for all ways
QUICK: Mapping[str, Any] = {"rounds": 60, "learning_rate": 0.08}  # half the time of 120 rounds at half the rate
CERTAIN = 2.0  # standard errors over users that a gain must exceed


@dataclass(frozen=True)
class Way:
    """A way to train. cutoffs: how many to learn from, the newest ones; None = all. settings: of the churn model."""

    cutoffs: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Past:
    """A past cutoff: its users, what came, and the log loss and mean risk of each way; users, churned and every loss
    have shape (users,)."""

    cutoff: datetime
    users: np.ndarray
    churned: np.ndarray
    loss: Mapping[str, np.ndarray]
    risk: Mapping[str, float]


def try_ways(
    rows: Rows,
    data: lgb.Dataset,
    matrix: np.ndarray,
    window: timedelta,
    ways: Mapping[str, Way],
    *,
    seed: int,
    threads: int,
) -> tuple[Past, ...]:
    """Every way at the newest cutoffs whose windows had closed, oldest first; half a horizon lies between two.

    data, matrix: the rows' features, binned and plain. window: how long after a cutoff its labels are known. A cutoff
    before which too little had closed to learn from is left out; a way that finds too little there is as the first one.
    """
    cutoffs, found = np.array(rows.cutoffs), []
    users = rows.user_id.to_numpy(zero_copy_only=False)
    sampled = np.unique(users, return_inverse=True)[1] % max(-(-len(rows) // MOST_ROWS), 1) == 0
    for k in range(len(cutoffs) - 1, max(len(cutoffs) - 1 - STEP * WINDOWS, -1), -STEP):
        known, at = np.flatnonzero(cutoffs + window <= cutoffs[k]), rows.cutoff == k
        if not at.any() or not _enough(rows, known, sampled):
            continue
        loss: dict[str, np.ndarray] = {}
        mean: dict[str, float] = {}
        for name, way in ways.items():
            newest = known[-way.cutoffs :] if way.cutoffs else known
            if loss and (not _enough(rows, newest, sampled) or (way.cutoffs and len(newest) == len(known))):
                first = next(iter(loss))
                loss[name], mean[name] = loss[first], mean[first]
                continue
            weight = churn.season_weight(rows, rows.cutoffs[k], newest if way.cutoffs else None)
            given = {**QUICK, **way.settings}
            mask = sampled & np.isin(rows.cutoff, newest)
            text = churn.train(data, rows, seed=seed, threads=threads, weight=weight, mask=mask, **given)
            risk = boost.predict(text, matrix[at], threads)
            loss[name], mean[name] = log_loss(risk, rows.churned[at]), float(risk.mean())
        found.append(Past(rows.cutoffs[k], users[at], rows.churned[at], loss, mean))
    return tuple(found[::-1])


def tried(past: tuple[Past, ...], name: str, beside: str) -> bool:
    """Whether every past cutoff knows the way, and it predicted anything else there than another. Else nothing was
    tried: too little had closed, or all that the way leaves out is one value."""
    if not all(name in one.loss for one in past):
        return False
    return any(not np.array_equal(one.loss[name], one.loss[beside]) for one in past)


def change(past: tuple[Past, ...], name: str, beside: str) -> tuple[float, float]:
    """Mean change of the log loss from one way to another, every cutoff counting alike, and its standard error: all
    rows of one user are one draw."""
    parts = [(one.loss[name] - one.loss[beside]) / len(one.users) / len(past) for one in past]
    mean = float(sum(part.sum() for part in parts))
    user = np.unique(np.concatenate([one.users for one in past]), return_inverse=True)[1]
    apart = np.concatenate([part - part.mean() for part in parts])
    return mean, float(np.sqrt((np.bincount(user, apart) ** 2).sum()))


def better(past: tuple[Past, ...], name: str, beside: str, gain: float) -> bool:
    """Whether one way is clearly better than another: at the newest window and over all of them, by more than ``gain``
    of log loss and beyond noise; and over the older windows not clearly worse."""
    if not past:
        return False
    by, error = change(past, name, beside)
    newest, doubt = change(past[-1:], name, beside)
    older, _ = change(past[:-1], name, beside) if len(past) > 1 else (0.0, 0.0)
    return by < -max(gain, CERTAIN * error) and newest < -max(gain, CERTAIN * doubt) and older < gain


def _enough(rows: Rows, cutoffs: np.ndarray, sampled: np.ndarray) -> bool:
    churned = rows.churned[sampled & np.isin(rows.cutoff, cutoffs)]
    gone = int(churned.sum())
    return min(gone, len(churned) - gone) >= churn.FEWEST_OF_EITHER
