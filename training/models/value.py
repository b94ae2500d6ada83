"""The value models: a user's value over the value horizon, as an amount, a rank and a tier.

Amount: the mean of a Tweedie model and a hurdle model, P(spends) × exp(log amount) × smearing (Duan 1983). Rank: least
squares on the rank within the cutoff. Tier: multiclass; cuts on the expected tier make each tier's share equal to its
mean predicted probability, because the likeliest class is the lowest tier for nearly everybody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from scipy.stats import rankdata

from features.config import Config
from training.models import boost
from training.rows.spine import Rows

TWEEDIE_POWER = 1.2
MOST_CHANGE = 3.0  # of an expected value, where the risk is corrected
TIER_L2 = 50.0  # few users are on the upper tiers
Predict = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class Bounds:
    """Bounds frozen at training, so that a tier means the same next month.

    tier_bounds: amounts between the tiers above 'none'. tier_cuts: expected tiers between predicted tiers. smearing:
    the factor of the hurdle model, see above.
    """

    tier_bounds: tuple[float, ...]
    tier_cuts: tuple[float, ...]
    smearing: float


def train(
    config: Config, data: lgb.Dataset, rows: Rows, matrix: np.ndarray, *, threads: int, weight: np.ndarray | None
) -> tuple[dict[str, str], Bounds]:
    """The value boosters as text, by name, and the bounds frozen with them.

    data, matrix: the rows' features, binned and plain. There is no 'spend' booster where exactly those who stayed
    spent, and no booster at all where nobody spent.
    """
    value = np.maximum(rows.value, 0.0)
    spent = value > 0
    if not spent.any():
        return {}, Bounds((), (), 1.0)
    last = rows.cutoff == rows.cutoff[spent].max()
    bounds = tier_bounds(rows.value[last], config.value.cuts)

    def fit(objective: str, target: np.ndarray, mask: np.ndarray | None = None, **extra) -> str:
        return boost.fit(
            objective, data, target, seed=config.train.seed, threads=threads, weight=weight, mask=mask, **extra
        )

    stayed = rows.churned == 0
    tier = tiers(rows.value, bounds)
    tweedie = {"tweedie_variance_power": TWEEDIE_POWER}
    boosters = {
        "tweedie": fit("tweedie", value, **tweedie),
        "amount": fit("regression", np.log(np.where(spent, value, 1.0)), spent),
        "rank": fit("regression", within_cutoff_rank(rows)),
        "tier": fit("multiclass", tier.astype(float), num_class=len(config.value.tiers), lambda_l2=TIER_L2),
    }
    if value[stayed].any():
        boosters["stay"] = fit("tweedie", value, stayed, **tweedie)
    if not np.array_equal(spent, stayed):
        boosters["spend"] = fit("binary", spent.astype(float))
    residual = np.log(value[spent]) - boost.predict(boosters["amount"], matrix[spent], threads)
    cuts = share_cuts(boost.predict(boosters["tier"], matrix[last], threads))
    return boosters, Bounds(
        bounds, cuts, float(np.average(np.exp(residual), weights=None if weight is None else weight[spent]))
    )


def predict(
    names: Mapping[str, str], bounds: Bounds, booster: Predict, churn_risk: np.ndarray
) -> dict[str, np.ndarray]:
    """expected_value, value_if_stays (both >= 0, in value's unit), value_rank (0 lowest, 1 highest) and tier (number).

    names: the boosters that exist. booster: predictions of a booster by its name.
    """
    if "tweedie" not in names:
        zero = np.zeros(len(churn_risk))
        return {"expected_value": zero, "value_if_stays": zero, "value_rank": zero, "tier": zero.astype(np.int64)}
    spends = booster("spend") if "spend" in names else 1 - churn_risk
    hurdle = spends * np.exp(booster("amount")) * bounds.smearing
    expected = (booster("tweedie") + hurdle) / 2
    return {
        "expected_value": expected,
        "value_if_stays": booster("stay") if "stay" in names else expected,
        "value_rank": np.clip(booster("rank"), 0, 1),
        "tier": np.searchsorted(bounds.tier_cuts, expected_tier(booster("tier")), side="right"),
    }


def staying(risk: np.ndarray, corrected: np.ndarray) -> np.ndarray:
    """By what each user's expected value changes where the risk is corrected: the ratio of the chances to stay, at most
    threefold, since a chance near nothing has a ratio near anything."""
    return np.clip((1 - corrected) / np.maximum(1 - risk, 1e-9), 1 / MOST_CHANGE, MOST_CHANGE)


def tier_bounds(value: np.ndarray, cuts: Sequence[float]) -> tuple[float, ...]:
    """Amounts at the percentiles ``cuts`` of positive spend; empty where nobody spent."""
    positive = value[value > 0]
    return tuple(float(bound) for bound in np.quantile(positive, cuts)) if len(positive) else ()


def tiers(value: np.ndarray, bounds: Sequence[float]) -> np.ndarray:
    """Tier numbers: 0 without spend, then 1 up to the first bound, and so on."""
    return np.where(value > 0, 1 + np.searchsorted(np.asarray(bounds), value, side="left"), 0)


def within_cutoff_rank(rows: Rows) -> np.ndarray:
    """The rank of each row's value within its cutoff, above 0 to 1; ties share their mean rank."""
    rank = np.empty(len(rows))
    for cutoff in np.unique(rows.cutoff):
        mask = rows.cutoff == cutoff
        rank[mask] = rankdata(rows.value[mask]) / mask.sum()
    return rank


def expected_tier(probabilities: np.ndarray) -> np.ndarray:
    """Mean tier number under the predicted probabilities of shape (users, tiers)."""
    return (probabilities * np.arange(probabilities.shape[1])).sum(axis=1)  # row by row, unlike a matrix product


def share_cuts(probabilities: np.ndarray) -> tuple[float, ...]:
    """Cuts on the expected tier that give each tier a share of users equal to its mean probability."""
    shares = np.clip(np.cumsum(probabilities.mean(axis=0))[:-1], 0, 1)
    return tuple(float(cut) for cut in np.quantile(expected_tier(probabilities), shares))
