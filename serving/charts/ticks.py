"""Round numbers for an axis."""

import math


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """From at or below low to at or above high: 2 to ``most`` + 1 numbers, a step of 1, 2 or 5 times a power of ten.

    Low and high must be finite. Where both are the same, zero or the next round number joins.
    """
    low, high = min(low, high), max(low, high)
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0) if low or high else 1.0
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]
