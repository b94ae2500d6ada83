"""The effect on the share of churned users, around which so few holdouts as fifty still give an honest interval."""

import numpy as np
from scipy.special import stdtrit

from features.statistics import difference_interval
from training.verification.arms import Arms, Outcome
from training.verification.effect import LEVEL, Effect, adjusted, normal_quantile, removed


def churn_effect(arms: Arms, level: float = LEVEL) -> Effect:
    """The effect on the churned share, adjusted by the risk; below 0 is good. BadInput where an arm is empty."""
    return share_effect(arms.churn, level)


def share_effect(outcome: Outcome, level: float = LEVEL) -> Effect:
    """The effect on any share: y is 0 or 1.

    Newcombe's half-widths (1998, method 10) × √(residual variance / variance), around the difference at equal risk.
    Clusters: as if there were fewer users, by the design effect (Kish 1965), and fewer degrees of freedom.
    """
    a, b = outcome.treatment, outcome.holdout
    fit = adjusted(outcome)
    shares = (a.y / a.n, b.y / b.n)
    fewer = max(fit.design_effect, 1e-9)
    low, high = difference_interval(a.y / fewer, a.n / fewer, b.y / fewer, b.n / fewer, level)
    ratio = fit.residual / fit.plain if fit.plain > 0 else 1.0
    width = np.sqrt(ratio) * float(stdtrit(fit.freedom, 0.5 + level / 2)) / normal_quantile(level)
    difference, plain = fit.means[0] - fit.means[1], shares[0] - shares[1]
    variances = [p * (1 - p) / arm.n * ratio * fewer for p, arm in zip(shares, (a, b), strict=True)]
    return Effect(
        treatment=fit.means[0],
        holdout=fit.means[1],
        difference=difference,
        low=float(max(difference - (plain - low) * width, -1.0)),
        high=float(min(difference + (high - plain) * width, 1.0)),
        level=level,
        users=(a.n, b.n),
        observed=shares,
        variances=(variances[0], variances[1]),
        variance_removed=removed(fit),
        design_effect=fit.design_effect,
    )
