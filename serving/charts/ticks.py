"""Round numbers for an axis."""

import math

SAME = 1e-12  # what is nearer is one number


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """From at or below low to at or above high: 2 to ``most`` + 1 numbers, a step of 1, 2 or 5 times a power of ten.

    Low and high must be finite. Where they are the same, or less than SAME apart, zero joins, or 1 to a zero.
    """
    low, high = min(low, high), max(low, high)
    if high - low < SAME:
        low, high = min(low, 0.0), max(high, 0.0)
        high = high if high - low >= SAME else low + 1
    rough = (high - low) / max(most - 1, 1)
    digits = math.floor(math.log10(rough))
    step = next(times * 10.0**digits for times in (1, 2, 5, 10) if times * 10.0**digits >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, max(-digits, 0)) for number in range(first, last + 1)]
