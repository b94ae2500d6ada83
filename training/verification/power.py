"""What a trial can see, told before it begins: how many users, what power, the smallest effect; and how many more."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

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

    def variance(self, effect: float = 0.0) -> float:
        """Of one user's outcome after adjustment, where the mean is moved by `effect`."""
        if self.deviation is None:
            share = min(max(self.mean + effect, 0.0), 1.0)
            plain = share * (1 - share)
        else:
            plain = self.deviation**2
        return plain * (1 - self.removed) * self.design_effect


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
    drift = abs(effect) / standard_error(goal, effect, users, holdout)
    if looks:
        return crossing([look.fraction for look in looks], [look.boundary for look in looks], drift)
    return float(ndtr(drift - normal_quantile(level)))


def users_needed(goal: Goal, effect: float, holdout: float, power: float = POWER, level: float = LEVEL) -> int | None:
    """Users in both arms together for this power; None for no effect, or more than there are people."""
    one = standard_error(goal, effect, 1, holdout)
    if effect == 0 or one == 0:
        return None
    needed = ((normal_quantile(level) + ndtri(power)) * one / effect) ** 2
    return None if needed > MOST else ceil(max(needed, 2 / min(holdout, 1 - holdout)))


def smallest_effect(
    goal: Goal, users: float, holdout: float, power: float = POWER, level: float = LEVEL
) -> float | None:
    """The size of the smallest effect found with this power: for a share a decrease, as of churn; None if even all of
    it is too small to be seen."""

    def missing(size: float) -> float:
        return power_of(goal, -size, users, holdout, level) - power

    most = goal.mean if goal.deviation is None else 100 * goal.deviation
    if most <= 0 or missing(most) < 0:
        return None
    return float(brentq(missing, 1e-12 * most, most))


def standard_error(goal: Goal, effect: float, users: float, holdout: float) -> float:
    """Of the difference between the arms. holdout: its share of the users, above 0 and below 1."""
    treated = goal.variance(effect) / (users * (1 - holdout))
    return float(np.sqrt(treated + goal.variance() / (users * holdout)))


def users_missing(effect: Effect, aim: float | None = None, power: float = POWER) -> int | None:
    """How many more users, at the same shares, it takes to prove `aim`, or where None the difference as it looks now.

    None where nothing is to be proven: a difference of 0. 0 where there are enough: then the aim is not what happened.
    """
    size = abs(effect.difference if aim is None else aim)
    users = sum(effect.users)
    if size == 0 or not np.isfinite(effect.standard_error):
        return None
    needed = users * ((normal_quantile(effect.level) + ndtri(power)) * effect.standard_error / size) ** 2
    return None if needed > MOST else max(0, ceil(needed) - users)
