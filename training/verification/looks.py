"""Planned looks: how often one may ask while users are still coming in, without finding by asking what is not there.

O'Brien-Fleming's boundaries by alpha spending (Lan and DeMets 1983): hardly anything is spent early, so that the last
look is nearly as sharp as a single one, and a look that comes earlier or later than planned still costs its share only.
Exact by integration over the path between looks (Armitage, McPherson and Rowe 1969).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from features.errors import BadInput

ALPHA = 0.05
_FURTHEST = 8.0  # standard errors beyond which nothing is looked for
_POINTS = 601  # of Simpson's rule


@dataclass(frozen=True)
class Look:
    """number: from 1. fraction: of the planned information (users) that is there. boundary: in standard errors.

    level: of the interval that this look may be told with, so that an interval without 0 is a finding at this look.
    """

    number: int
    fraction: float
    boundary: float
    level: float


def planned(looks: int = 5, alpha: float = ALPHA) -> list[Look]:
    """Looks at equal parts of the planned users, the last one at all of them."""
    return looks_at([(k + 1) / looks for k in range(looks)], alpha)


def looks_at(fractions: Sequence[float], alpha: float = ALPHA, final: bool = False) -> list[Look]:
    """The looks made so far, at these fractions of the planned users, and the one at hand.

    fractions: ascending, above 0. All that is left is spent at 1 or above, and at the last one where it is final: the
    campaign is over, though fewer users came than planned. BadInput where the fractions do not ascend.
    """
    bounds = boundaries(fractions, alpha, final)
    return [
        Look(k + 1, float(t), float(c), float(1 - 2 * ndtr(-c)))
        for k, (t, c) in enumerate(zip(fractions, bounds, strict=True))
    ]


def due(plan: Sequence[Look], fraction: float) -> Look | None:
    """The last planned look that this fraction of the planned users has reached: asking between two looks shows the
    earlier one's figures again and spends nothing. None before the first."""
    return next((look for look in reversed(plan) if look.fraction <= fraction + 1e-9), None)


def spent(fraction: float, alpha: float = ALPHA) -> float:
    """The share of false findings spent by then, both sides together: 4 − 4 Φ(z(α/4) / √fraction)."""
    return float(min(alpha, 4 * ndtr(ndtri(alpha / 4) / np.sqrt(min(fraction, 1.0)))))


def boundaries(fractions: Sequence[float], alpha: float = ALPHA, final: bool = False) -> np.ndarray:
    """How many standard errors the estimate must be off 0, look by look; both sides alike."""
    times = _times(fractions)
    found: list[float] = []
    path = _start(times[0], 0.0)
    for k, time in enumerate(times):
        now = alpha if final and k + 1 == len(times) else spent(time, alpha)
        step = now - (spent(times[k - 1], alpha) if k else 0.0)
        scale = np.sqrt(time)
        if path.outside(_FURTHEST * scale) >= step:
            found.append(_FURTHEST)
        else:
            found.append(brentq(lambda c, p=path, s=scale, a=step: p.outside(c * s) - a, 0.0, _FURTHEST, xtol=1e-7))
        if k + 1 < len(times):
            path = path.on(found[-1] * scale, times[k + 1])
    return np.array(found)


def crossing(fractions: Sequence[float], bounds: Sequence[float], drift: float) -> float:
    """The chance that some look finds something. drift: the true effect in standard errors at the planned end."""
    times = _times(fractions)
    path, total = _start(times[0], drift), 0.0
    for k, (time, bound) in enumerate(zip(times, bounds, strict=True)):
        edge = bound * np.sqrt(time)
        total += path.outside(edge)
        if k + 1 < len(times):
            path = path.on(edge, times[k + 1])
    return total


@dataclass(frozen=True)
class _Path:
    """Where the sum (a Brownian motion with drift, 1 at the planned end) may be at `time`, nothing found so far."""

    time: float
    drift: float
    before: float  # the time of the look before
    nodes: np.ndarray
    weights: np.ndarray  # density × Simpson's weight, at the look before

    def outside(self, edge: float) -> float:
        """The chance to be beyond the edge, on either side."""
        passed = self.time - self.before
        step, mean = np.sqrt(passed), self.nodes + self.drift * passed
        return float(self.weights @ (ndtr((-edge - mean) / step) + ndtr((mean - edge) / step)))

    def on(self, edge: float, time: float) -> "_Path":
        """The path at the next look, of those within the edge now."""
        passed = self.time - self.before
        nodes = np.linspace(-edge, edge, _POINTS)
        simpson = np.full(_POINTS, 2.0)
        simpson[1::2], simpson[[0, -1]] = 4, 1
        kernel = np.exp(-((nodes[:, None] - self.nodes - self.drift * passed) ** 2) / (2 * passed))
        density = kernel @ self.weights / np.sqrt(2 * np.pi * passed)
        return _Path(time, self.drift, self.time, nodes, density * simpson * (nodes[1] - nodes[0]) / 3)


def _start(time: float, drift: float) -> _Path:
    return _Path(time, drift, 0.0, np.zeros(1), np.ones(1))


def _times(fractions: Sequence[float]) -> list[float]:
    if not fractions or min(fractions) <= 0 or any(b <= a for a, b in pairwise(fractions)):
        told = ", ".join(f"{x:g}" for x in fractions)
        raise BadInput(f"verify: looks at fractions {told or '(none)'}: name ascending fractions above 0")
    return [float(x) for x in fractions]
