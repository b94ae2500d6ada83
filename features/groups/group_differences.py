"""Where a funnel loses more users of one group than of the rest: step rates, corrected for many comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact

from features.statistics import difference_interval, holm

MISSING = "(missing)"
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
    counts: Mapping[str, Mapping[str, Sequence[int]]],
    steps: Sequence[str],
    smallest: int = SMALLEST,
    confidence: float = 0.95,
) -> list[Divergence]:
    """Every group of every attribute at every step: significant differences first, then by size.

    counts: of each attribute and group, see ``by_group``. Groups below ``smallest`` users at a step are left out.
    Intervals are Newcombe's (1998, method 10) at Bonferroni's level; p is Fisher's, corrected by Holm (1979).
    """
    looks = []
    for name, groups in counts.items():
        for place, step in enumerate(steps[1:], start=1):
            sums = {group: (sum(groups[group][place:]), sum(groups[group][place + 1 :])) for group in sorted(groups)}
            there, took = (sum(both[at] for both in sums.values()) for at in (0, 1))
            for group, (n, a) in sums.items():
                m, b = there - n, took - a
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


def by_group(reached: np.ndarray, column: np.ndarray, steps: int) -> dict[str, list[int]]:
    """How many users of each group took 0, 1, … and all steps in order.

    reached: for each user the number of steps taken in order. column: the users' values of an attribute, objects, None
    = missing (a group of its own).
    """
    values = np.array([MISSING if value is None else str(value) for value in column], dtype=object)
    groups, codes = np.unique(values, return_inverse=True)
    counts = np.bincount(codes * (steps + 1) + reached, minlength=len(groups) * (steps + 1))
    return dict(zip(map(str, groups), counts.reshape(len(groups), steps + 1).tolist(), strict=True))
