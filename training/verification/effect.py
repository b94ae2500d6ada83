"""The difference between two arms with its interval: one pooled slope, one pooled variance, for any numeric goal.

Analysis of covariance (Fisher 1932): y = arm + slope · x, x known before the assignment. Pooled, because at 95/5 the
small arm's own slope and variance are worth nothing: Welch's and Lin's intervals miss the truth in 8 to 15 % there.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from features.errors import BadInput
from training.verification.arms import Arms, Outcome, Sums

LEVEL = 0.95


@dataclass(frozen=True)
class Effect:
    """treatment, holdout: the arms' means at one mean covariate; difference: treatment − holdout, from low to high.

    observed: the arms' plain means. users: of each arm. variances: of the two adjusted means. variance_removed: the
    share of the outcome's variance within the arms that the covariate explains. design_effect: how much wider than for
    users on their own the variance is, 1 without clusters. level: of the interval.
    """

    treatment: float
    holdout: float
    difference: float
    low: float
    high: float
    level: float
    users: tuple[int, int]
    observed: tuple[float, float]
    variances: tuple[float, float]
    variance_removed: float
    design_effect: float = 1.0

    @property
    def proven(self) -> bool:
        """Whether the interval excludes no difference."""
        return self.low > 0 or self.high < 0

    @property
    def standard_error(self) -> float:
        """Half the interval's width in normal standard deviations."""
        return (self.high - self.low) / 2 / normal_quantile(self.level)


@dataclass(frozen=True)
class Adjusted:
    """The pooled fit. means: adjusted, treatment and holdout; plain, residual: variance of one user within the arms,
    before and after; spread: the variance of the difference in units of residual; freedom: of the t distribution."""

    means: tuple[float, float]
    slope: float
    plain: float
    residual: float
    spread: float
    freedom: float
    design_effect: float


def value_effect(arms: Arms, level: float = LEVEL) -> Effect:
    """The effect on value, in value's unit, adjusted by the expected value."""
    return numeric_effect(arms.value, level)


def capped_value_effect(arms: Arms, level: float = LEVEL) -> Effect | None:
    """The effect on value capped at `arms.cap`: narrower, and blind to what goes to few. None without a cap."""
    return None if arms.capped is None else numeric_effect(arms.capped, level)


def numeric_effect(outcome: Outcome, level: float = LEVEL) -> Effect:
    """The effect on any numeric goal: the interval of analysis of covariance. BadInput where an arm is empty."""
    fit = adjusted(outcome)
    a, b = outcome.treatment, outcome.holdout
    variance = fit.residual * fit.design_effect
    half = float(stdtrit(fit.freedom, 0.5 + level / 2)) * np.sqrt(variance * fit.spread)
    difference = fit.means[0] - fit.means[1]
    return Effect(
        treatment=fit.means[0],
        holdout=fit.means[1],
        difference=difference,
        low=float(difference - half),
        high=float(difference + half),
        level=level,
        users=(a.n, b.n),
        observed=(a.y / a.n, b.y / b.n),
        variances=(variance / a.n, variance / b.n),
        variance_removed=removed(fit),
        design_effect=fit.design_effect,
    )


def adjusted(outcome: Outcome) -> Adjusted:
    """The pooled fit of one outcome. BadInput where an arm is empty or both have fewer than four users."""
    a, b = outcome.treatment, outcome.holdout
    if min(a.n, b.n) < 1 or a.n + b.n < 4:
        raise BadInput(f"verify: {a.n} users in treatment and {b.n} in holdout: no effect can be told of so few")
    n = a.n + b.n
    (syy, sxx, sxy), other = _within(a), _within(b)
    syy, sxx, sxy = syy + other[0], sxx + other[1], sxy + other[2]
    slope = sxy / sxx if sxx > 1e-12 * max(a.xx + b.xx, 1e-300) else 0.0
    means = (a.x / a.n, b.x / b.n)
    middle = (a.x + b.x) / n
    residual = max(syy - slope * sxy, 0.0) / (n - 3)
    spread = 1 / a.n + 1 / b.n + ((means[0] - means[1]) ** 2 / sxx if slope else 0.0)
    design, freedom = _design_effect(outcome, slope, residual)
    return Adjusted(
        means=(a.y / a.n - slope * (means[0] - middle), b.y / b.n - slope * (means[1] - middle)),
        slope=slope,
        plain=syy / (n - 2),
        residual=residual,
        spread=spread,
        freedom=freedom,
        design_effect=design,
    )


def removed(fit: Adjusted) -> float:
    """The share of the variance within the arms that the covariate explains."""
    return max(0.0, 1 - fit.residual / fit.plain) if fit.plain > 0 else 0.0


def normal_quantile(level: float) -> float:
    """The two-sided normal quantile: 1.96 at 0.95. From the tail, so that levels next to 1 keep their digits."""
    return float(-ndtri((1 - level) / 2))


def _within(arm: Sums) -> tuple[float, float, float]:
    """Sums of squares and products around the arm's means: of y, of x, of both."""
    return (
        max(arm.yy - arm.y * arm.y / arm.n, 0.0),
        max(arm.xx - arm.x * arm.x / arm.n, 0.0),
        arm.xy - arm.x * arm.y / arm.n,
    )


def _design_effect(outcome: Outcome, slope: float, residual: float) -> tuple[float, float]:
    """The clustered variance of the difference over that of users on their own, and the degrees of freedom.

    Sums of residuals over clusters, squared (Liang and Zeger 1986). Whole clusters in one arm: pooled over both arms,
    as the variance is; clusters with users in both: of each cluster's own difference.
    """
    a, b, clusters = outcome.treatment, outcome.holdout, outcome.clusters
    n = a.n + b.n
    if clusters is None or residual <= 0:
        return 1.0, n - 3
    if clusters.count < 4:
        raise BadInput(f"verify: {clusters.count} clusters: no effect can be told of fewer than four")
    of_arm = [np.array([slope * arm.x / arm.n - arm.y / arm.n, 1.0, -slope]) for arm in (a, b)]
    if not clusters.crossed:
        squares = sum(v @ clusters.products[at, at] @ v for v, at in zip(of_arm, (slice(3), slice(3, 6)), strict=True))
        freedom = clusters.count - 2
        return float(squares / n * clusters.count / freedom / residual), freedom
    both = np.concatenate([of_arm[0] / a.n, -of_arm[1] / b.n])
    freedom = clusters.count - 1
    square = both @ clusters.products @ both * clusters.count / freedom
    return float(square / (residual * (1 / a.n + 1 / b.n))), freedom
