"""The value models: a user's value over the value horizon, as an amount, an amount if they stay, a rank and a tier.

Amount: the mean of a Tweedie model and a hurdle model, P(spends) × exp(log amount) × smearing (Duan 1983). Rank: least
squares on the rank within the cutoff. Tier: multiclass; cuts on the expected tier make each tier's share equal to its
mean predicted probability, because the likeliest class is the lowest tier for nearly everybody.

If they stay: where who churns brings nothing, as when the orders that count as activity are those that are summed, the
expected value is (1 − risk) × value if they stay, so that the amount over the chance to stay is what they are worth.
Out of time it was as near to what stayers brought as a model of stayers alone: the Tweedie deviance was lower on five
definitions of seven (cdnow 15.40 against 15.63, essec 9.76 against 9.80, the demo 18.9 against 19.2) and higher by 1 %
on two. The chance is that before the risk's correction: what a user is worth does not hang on the level of the risk,
and the expected value follows it. Where some who churned brought value all the same, a Tweedie model of stayers tells.
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
LEAST = 1e-3  # chance to stay: less is not told apart, and would make amounts of rounding errors
TINY = 1e-9  # nothing is divided by less
Predict = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class Bounds:
    """Bounds frozen at training, so that a tier means the same next month.

    tier_bounds: amounts between the tiers above 'none'. tier_cuts: expected tiers between predicted tiers. smearing:
    the factor of the hurdle model, see above. stay_bounds: predicted values if they stay between the stay tiers.
    """

    tier_bounds: tuple[float, ...]
    tier_cuts: tuple[float, ...]
    smearing: float
    stay_bounds: tuple[float, ...] = ()


def train(
    config: Config, data: lgb.Dataset, rows: Rows, matrix: np.ndarray, *, threads: int, weight: np.ndarray | None
) -> tuple[dict[str, str], Bounds]:
    """The value boosters as text, by name, and the bounds frozen with them.

    data, matrix: the rows' features, binned and plain. There is no 'spend' booster where exactly those who stayed
    spent, no 'stay' booster where none of those who churned did, and no booster at all where nobody spent. The bounds
    between stay tiers come later, see ``stay_bounds``.
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
    if value[stayed].any() and value[~stayed].any():
        boosters["stay"] = fit("tweedie", value, stayed, **tweedie)
    if not np.array_equal(spent, stayed):
        boosters["spend"] = fit("binary", spent.astype(float))
    residual = np.log(value[spent]) - boost.predict(boosters["amount"], matrix[spent], threads)
    cuts = share_cuts(boost.predict(boosters["tier"], matrix[last], threads))
    return boosters, Bounds(
        bounds, cuts, float(np.average(np.exp(residual), weights=None if weight is None else weight[spent]))
    )


def predict(
    names: Mapping[str, str],
    bounds: Bounds,
    booster: Predict,
    churn_risk: np.ndarray,
    before: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """expected_value, value_if_stays (both >= 0, in value's unit), value_rank (0 lowest, 1 highest), tier and stay_tier
    (numbers; a stay tier is 1 or more). A correction of the risk moves expected_value and tier with it; value_rank says
    who comes before whom, which a shift of the level hardly changes, and value_if_stays hangs only on a season's, see
    ``in_season``.

    names: the boosters that exist. booster: predictions of a booster by its name. before: the churn risk before its
    correction; None where there is none. Without a 'stay' booster, expected_value = (1 − churn_risk) × value_if_stays.
    """
    if "tweedie" not in names:
        zero = np.zeros(len(churn_risk))
        amounts = {"expected_value": zero, "value_if_stays": zero, "value_rank": zero}
        return amounts | {"tier": zero.astype(np.int64), "stay_tier": stay_tiers(zero, bounds.stay_bounds)}
    stays = 1 - (churn_risk if before is None else before)
    spends = booster("spend") if "spend" in names else stays
    expected = (booster("tweedie") + spends * np.exp(booster("amount")) * bounds.smearing) / 2
    if "stay" in names:
        worth = booster("stay")
        if before is not None:  # who stays spends what was expected; how many stay has changed
            expected = expected * staying(before, churn_risk)
    else:
        worth = expected / np.maximum(stays, LEAST)
        expected = (1 - churn_risk) * worth
    tier = expected_tier(corrected(booster("tier"), before, churn_risk))
    return {
        "expected_value": expected,
        "value_if_stays": worth,
        "value_rank": np.clip(booster("rank"), 0, 1),
        "tier": np.searchsorted(bounds.tier_cuts, tier, side="right"),
        "stay_tier": stay_tiers(worth, bounds.stay_bounds),
    }


def staying(risk: np.ndarray, corrected: np.ndarray) -> np.ndarray:
    """By what each user's expected value changes where the risk is corrected: the ratio of the chances to stay, at most
    threefold, since a chance near nothing has a ratio near anything."""
    return np.clip((1 - corrected) / np.maximum(1 - risk, TINY), 1 / MOST_CHANGE, MOST_CHANGE)


def in_season(
    values: Mapping[str, np.ndarray], bounds: Bounds, before: np.ndarray, risk: np.ndarray
) -> dict[str, np.ndarray]:
    """What ``predict`` gave, where last year's season moved the risk from ``before``: more or fewer users order, and
    those who do order more or less often.

    A user who orders at random at a rate of x a horizon stays away with probability exp(-x), so that the orders change
    like the risk's logarithm. On simulated Christmases, sums that followed the chance to stay alone were 7 to 8 % low.
    """
    rate = np.log(np.clip(risk, TINY, 1 - TINY)) / np.log(np.clip(before, TINY, 1 - TINY))
    lift = np.clip(rate / staying(before, risk), 1 / MOST_CHANGE, MOST_CHANGE)
    worth = values["value_if_stays"] * lift
    moved = {"expected_value": values["expected_value"] * lift, "value_if_stays": worth}
    return {**values, **moved, "stay_tier": stay_tiers(worth, bounds.stay_bounds)}


def corrected(probabilities: np.ndarray, before: np.ndarray | None, risk: np.ndarray) -> np.ndarray:
    """The tiers' probabilities, shape (users, tiers), where the risk was corrected from ``before``; None = it was not.
    Those above 'none' change with the chance to stay: they grow at most threefold, and come to 1 at most."""
    if before is None:
        return probabilities
    most = np.minimum(MOST_CHANGE, 1 / np.maximum(probabilities[:, 1:].sum(axis=1), TINY))
    above = probabilities[:, 1:] * np.minimum((1 - risk) / np.maximum(1 - before, TINY), most)[:, None]
    return np.column_stack([1 - above.sum(axis=1), above])


def stay_bounds(worth: np.ndarray, cuts: Sequence[float]) -> tuple[float, ...]:
    """Bounds between the stay tiers: the percentiles ``cuts`` of the predicted value if they stay."""
    return tuple(float(bound) for bound in np.quantile(worth, cuts)) if len(worth) else ()


def stay_tiers(worth: np.ndarray, bounds: Sequence[float]) -> np.ndarray:
    """Numbers of the value tiers, by bounds of their own: 1 up to the first bound, and so on. None is 0: whoever stays
    is worth something, and what little is the lowest of these."""
    return 1 + np.searchsorted(np.asarray(bounds), worth, side="left")


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
