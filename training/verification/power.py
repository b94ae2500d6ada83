"""What a trial can see, told before it begins: how many users, what power, the smallest effect; and how many more."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from features.statistics import difference_interval
from training.verification.effect import LEVEL, Effect, normal_quantile
from training.verification.looks import Look, crossing

POWER = 0.8
MOST = 10**12  # users; beyond, nobody has them


@dataclass(frozen=True)
class Goal:
    """What is to be changed. mean, deviation: of one user's outcome without the campaign; for a share, deviation None.

    removed: the share of its variance that the score explains (`Effect.variance_removed` of earlier windows).
    design_effect: above 1 where users come in clusters.
    """

    mean: float
    deviation: float | None = None
    removed: float = 0.0
    design_effect: float = 1.0

    def plain(self, effect: float = 0.0) -> float:
        """The variance of one user's outcome where the mean is moved by `effect`.

        A mean is moved by a factor on what everybody does, which spreads it by the same factor.
        """
        if self.deviation is None:
            share = min(max(self.mean + effect, 0.0), 1.0)
            return share * (1 - share)
        return self.deviation**2 * (1 + effect / self.mean if self.mean > 0 else 1.0) ** 2

    def residual(self, effect: float = 0.0) -> float:
        """The same after adjustment.

        A share is moved by some who would have churned and stay, or the other way round, whoever they are: the score
        then explains less.
        """
        if self.deviation is not None:
            return self.plain(effect) * (1 - self.removed)
        kept = max(0.0, 1 - abs(effect) / max(self.mean if effect < 0 else 1 - self.mean, 1e-12))
        return self.plain(effect) - kept**2 * self.removed * self.plain()


@dataclass(frozen=True)
class Design:
    """What a trial of `users` with this holdout sees. smallest: the effect (a size, without sign) found with the power
    asked for; None where no effect is large enough. power, needed: of and for the effect asked about, or None."""

    users: int
    holdout: float
    smallest: float | None
    power: float | None = None
    needed: int | None = None


def churn_goal(churn: float, removed: float = 0.0, design_effect: float = 1.0) -> Goal:
    """A churn share (0.3) to be lowered: effects are below 0."""
    return Goal(churn, None, removed, design_effect)


def value_goal(mean: float, deviation: float, removed: float = 0.0, design_effect: float = 1.0) -> Goal:
    """A mean value with the standard deviation of one user's."""
    return Goal(mean, deviation, removed, design_effect)


def design(
    goal: Goal, users: int, holdout: float, effect: float | None = None, power: float = POWER, level: float = LEVEL
) -> Design:
    """All that is told before a campaign. effect: what it is hoped to do, −0.03 for three points less churn."""
    return Design(
        users=users,
        holdout=holdout,
        smallest=smallest_effect(goal, users, holdout, power, level),
        power=None if effect is None else power_of(goal, effect, users, holdout, level),
        needed=None if effect is None else users_needed(goal, effect, holdout, power, level),
    )


def power_of(
    goal: Goal, effect: float, users: float, holdout: float, level: float = LEVEL, looks: Sequence[Look] = ()
) -> float:
    """The chance to prove the effect, with the right sign. looks: the planned ones, else one at the end."""
    half, true = half_width(goal, effect, users, holdout, level), standard_error(goal, effect, users, holdout)
    if true == 0:
        return float(effect != 0)
    if looks:
        wider = half / true / normal_quantile(level)
        bounds = [look.boundary * wider for look in looks]
        return crossing([look.fraction for look in looks], bounds, abs(effect) / true)
    return float(ndtr((abs(effect) - half) / true))


def users_needed(goal: Goal, effect: float, holdout: float, power: float = POWER, level: float = LEVEL) -> int | None:
    """Users in both arms together for this power; None for no effect, or more than there are people."""
    fewest = ceil(4 / min(holdout, 1 - holdout))

    def missing(size: float) -> float:
        return power_of(goal, effect, float(np.exp(size)), holdout, level) - power

    if effect == 0 or goal.residual() <= 0 or missing(np.log(MOST)) < 0:
        return None
    return fewest if missing(np.log(fewest)) > 0 else ceil(np.exp(brentq(missing, np.log(fewest), np.log(MOST))))


def smallest_effect(
    goal: Goal, users: float, holdout: float, power: float = POWER, level: float = LEVEL
) -> float | None:
    """The size of the smallest effect found with this power: a decrease of a share, as of churn, an increase of a mean;
    None if even the largest is too small to be seen."""
    sign = -1 if goal.deviation is None else 1

    def missing(size: float) -> float:
        return power_of(goal, sign * size, users, holdout, level) - power

    most = goal.mean if goal.deviation is None else 100 * goal.deviation
    if most <= 0 or missing(most) < 0:
        return None
    return float(brentq(missing, 1e-12 * most, most))


def standard_error(goal: Goal, effect: float, users: float, holdout: float) -> float:
    """Of the difference between the arms. holdout: its share of the users, above 0 and below 1."""
    treated = goal.residual(effect) / (users * (1 - holdout))
    return float(np.sqrt((treated + goal.residual() / (users * holdout)) * goal.design_effect))


def half_width(goal: Goal, effect: float, users: float, holdout: float, level: float = LEVEL) -> float:
    """Of the interval, on the side of 0, as churn_effect.py and effect.py will tell it: the wide way round for a share
    next to 1 or 0, and with both arms' variances taken for one."""
    n, m, q = users * (1 - holdout), users * holdout, 1 - holdout
    residual = (q * goal.residual(effect) + holdout * goal.residual()) * goal.design_effect
    if goal.deviation is not None:
        return float(normal_quantile(level) * np.sqrt(residual * (1 / n + 1 / m)))
    share = min(max(goal.mean + effect, 0.0), 1.0)
    low, high = difference_interval(share * n, n, goal.mean * m, m, level)
    plain, difference = q * goal.plain(effect) + holdout * goal.plain(), share - goal.mean
    return float((high - difference if effect < 0 else difference - low) * np.sqrt(residual / plain)) if plain else 0.0


def users_missing(effect: Effect, aim: float | None = None, power: float = POWER) -> int | None:
    """How many more users, at the same shares, it takes to prove `aim`, or where None the difference as it looks now.

    At the level of a trial's end, whatever the level of this look. None where nothing is to be proven: a difference of
    0. 0 where there are enough: then the aim is not what happened.
    """
    size = abs(effect.difference if aim is None else aim)
    users = sum(effect.users)
    if size == 0 or not np.isfinite(effect.standard_error):
        return None
    needed = users * ((normal_quantile(LEVEL) + ndtri(power)) * effect.standard_error / size) ** 2
    return None if needed > MOST else max(0, ceil(needed) - users)
