"""The churn curve: the probability of no activity in horizons other than H, from models on the same rows.

One model per horizon, then a monotone pass: a single model of all horizons was worse at the long ones. As the horizon
grows, the probability of no activity can only fall. The models do not know each other, so the risk at H stays as it is
and the others are made monotone outwards from it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow.compute as pc

from features.config import Config
from training.models import boost
from training.models.churn import FEWEST_OF_EITHER
from training.rows.spine import Rows

FEWEST_CUTOFFS = 3  # from fewer a horizon is left out
MOST = 20_000  # rows per horizon, so that these models cost less than the one for H, which learns from all rows


def train(
    config: Config, data: lgb.Dataset, rows: Rows, *, threads: int, weight: np.ndarray | None, **settings: Any
) -> tuple[dict[str, str], dict[str, str]]:
    """The boosters of the other horizons as text, by ``name``; and the horizons left out, in days → why.

    data: the rows' features, binned. weight: one entry per row, or None. settings: LightGBM's, see ``boost.fit``. A
    horizon learns only from cutoffs whose rows were observed for all of it (``Rows.observed``).
    """
    boosters, left_out = {}, {}
    taken = _sample(config, rows)
    for days in config.curve:
        if days == config.horizon:
            continue
        known = np.asarray(rows.observed) >= days
        mask = known[rows.cutoff]
        churned = ~(rows.days_to_return < days)  # NaN: not seen again
        gone, back = int(churned[mask].sum()), int((~churned[mask]).sum())
        if known.sum() < FEWEST_CUTOFFS:
            left_out[f"{days:g}"] = f"its window has closed at {known.sum()} cutoffs, {FEWEST_CUTOFFS} are needed"
        elif min(gone, back) < FEWEST_OF_EITHER:
            left_out[f"{days:g}"] = f"{gone:,} rows churned and {back:,} stayed, {FEWEST_OF_EITHER} of each are needed"
        else:
            boosters[name(days)] = boost.fit(
                "binary",
                data,
                churned.astype(float),
                seed=config.train.seed,
                threads=threads,
                weight=weight,
                mask=mask & taken,
                **settings,
            )
    return boosters, left_out


def name(days: float) -> str:
    """The name of the booster and the score of a horizon other than H: churn_7d."""
    return f"churn_{days:g}d"


def others(boosters: Iterable[str]) -> tuple[float, ...]:
    """The horizons other than H that have boosters, in days, shortest first."""
    return _others(tuple(boosters))


@lru_cache(maxsize=64)
def _others(boosters: tuple[str, ...]) -> tuple[float, ...]:
    found = (re.fullmatch(r"churn_(\d+(?:\.\d+)?)d", one) for one in boosters)
    return tuple(sorted(float(match[1]) for match in found if match))


def predict(
    boosters: Mapping[str, str], horizon: float, booster: Callable[[str], np.ndarray], churn_risk: np.ndarray
) -> dict[str, np.ndarray]:
    """The probability of no activity by horizon (``name``), monotone together with ``churn_risk``.

    booster: predictions of a booster by its name. churn_risk: at the horizon H, shape (users,).
    """
    days = others(boosters)
    at = int(np.searchsorted(days, horizon))
    raw = [booster(name(one)) for one in days]
    raw.insert(at, churn_risk)
    curve = in_line(np.column_stack(raw), at)
    columns = [column for column in range(len(raw)) if column != at]
    return {name(one): curve[:, column] for one, column in zip(days, columns, strict=True)}


def in_line(risk: np.ndarray, at: int) -> np.ndarray:
    """Risks of shape (users, horizons), made never to rise with the horizon; column ``at`` stays as it is."""
    shorter = np.maximum.accumulate(risk[:, at::-1], axis=1)[:, ::-1]
    longer = np.minimum.accumulate(risk[:, at:], axis=1)
    return np.hstack([shorter, longer[:, 1:]])


def describe(horizon: float, boosters: Iterable[str], left_out: Mapping[str, str]) -> str:
    """The curve in a line of text: its horizons, and why others were left out."""
    kept = ", ".join(f"{one:g}" for one in sorted([horizon, *others(boosters)]))
    return "; ".join([f"churn curve: {kept} days", *(f"without {one}: {why}" for one, why in left_out.items())])


def _sample(config: Config, rows: Rows) -> np.ndarray:
    """Which rows to learn the curve from: all, or all rows of a random sample of users, about MOST in sum."""
    if len(rows) <= MOST:
        return np.ones(len(rows), bool)
    codes = pc.dictionary_encode(rows.user_id.combine_chunks()).indices.to_numpy()
    chance = np.random.default_rng(config.train.seed).random(codes.max() + 1)
    return (chance < MOST / len(rows))[codes]
