"""Where a funnel loses more users of one group than of the rest: step rates, corrected for many comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact

from features.statistics import difference_interval, holm

SMALLEST = 30  # users that a group and the rest must have at a step to be compared


@dataclass(frozen=True)
class Divergence:
    """A group's rate at one step of a funnel beside the rest's.

    users, rest_users: users who reached the step before. rate, rest_rate: the share of them that took this step. low,
    high: the interval of the difference, wide enough for all comparisons at once. p: p-value of no difference, also
    corrected for all comparisons.
    """

    step: str
    attribute: str
    group: str
    users: int
    rate: float
    rest_users: int
    rest_rate: float
    low: float
    high: float
    p: float

    @property
    def difference(self) -> float:
        return self.rate - self.rest_rate


def divergences(
    reached: np.ndarray,
    steps: Sequence[str],
    attributes: Mapping[str, np.ndarray],
    smallest: int = SMALLEST,
    confidence: float = 0.95,
) -> list[Divergence]:
    """Every group of every attribute at every step: significant differences first, then by size.

    reached: for each user the number of steps taken in order, 0 to len(steps). attributes: for each name the users'
    values, objects, None = missing (a group of its own). Groups below ``smallest`` users at a step are left out.
    Intervals are Newcombe's (1998, method 10) at Bonferroni's level; p is Fisher's, corrected by Holm (1979).
    """
    looks = []
    for name, column in attributes.items():
        values = np.array(["(missing)" if value is None else str(value) for value in column], dtype=object)
        groups, codes = np.unique(values, return_inverse=True)
        for place, step in enumerate(steps[1:], start=1):
            there, took = (np.bincount(codes[reached >= least], minlength=len(groups)) for least in (place, place + 1))
            for group, n, a in zip(groups, there.tolist(), took.tolist(), strict=True):
                m, b = int(there.sum()) - n, int(took.sum()) - a
                if min(n, m) >= smallest:
                    looks.append((step, name, group, n, a, m, b))
    level = 1 - (1 - confidence) / max(len(looks), 1)
    raw = [fisher_exact([[a, n - a], [b, m - b]])[1] for _, _, _, n, a, m, b in looks]
    found = [
        Divergence(step, name, group, n, a / n, m, b / m, *difference_interval(a, n, b, m, level), p)
        for (step, name, group, n, a, m, b), p in zip(looks, holm(raw), strict=True)
    ]
    return sorted(
        found, key=lambda one: (one.p >= 1 - confidence, -abs(one.difference), one.step, one.attribute, one.group)
    )


def steps_taken(counts: Sequence[np.ndarray]) -> np.ndarray:
    """How many steps of a funnel each user took, from counts of each step's events; a step without all steps before
    it does not count."""
    return np.cumprod(np.column_stack([count > 0 for count in counts]), axis=1).sum(axis=1)
