"""Intervals of shares and of their differences, and p-values among many."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri


def difference_interval(a: float, n: float, b: float, m: float, level: float) -> tuple[float, float]:
    """Newcombe's interval of a/n − b/m, from the Wilson intervals of the two shares."""
    (low, high), (other_low, other_high) = wilson(a, n, level), wilson(b, m, level)
    p, q = a / n, b / m
    down = np.sqrt((p - low) ** 2 + (other_high - q) ** 2)
    up = np.sqrt((high - p) ** 2 + (q - other_low) ** 2)
    return float(p - q - down), float(p - q + up)


def wilson(a: Any, n: Any, level: float = 0.95) -> tuple[Any, Any]:
    """Wilson's interval of the share a/n (1927); numbers or arrays."""
    z = -float(ndtri((1 - level) / 2))
    centre = (a + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(a * (n - a) / n + z * z / 4)
    return centre - half, centre + half


def holm(p: Sequence[float]) -> list[float]:
    """Holm's step-down correction (1979) of p-values for having tested all of them."""
    order = np.argsort(p, kind="stable")
    corrected = np.asarray(p, dtype=float)[order] * (len(p) - np.arange(len(p)))
    answer = np.empty(len(p))
    answer[order] = np.minimum(np.maximum.accumulate(corrected), 1.0) if len(p) else corrected
    return [float(value) for value in answer]
