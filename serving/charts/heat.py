"""How warm a table's cell is painted."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

STEPS = 5


def edges(values: Iterable[float | None]) -> list[float]:
    """Four edges that part the values into fifths of their range, from the least to the most; of none, zeros."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return [low + (high - low) * step / STEPS for step in range(1, STEPS)]


def shade(value: float | None, edges: Sequence[float]) -> str:
    """The class of a cell: ``heat-0`` below the first of four rising edges, ``heat-4`` from the last on; null: none."""
    return "" if value is None else f"heat-{bisect_right(edges, value)}"
