"""How the values of a column are spread, as counts that add up over parts and can be held against those of another day.

The bins need no look at the data: four to a doubling of the value, on both sides of zero. So every bucket of users
counts for itself, and a change of unit, of mix or of missing values is seen from the sums.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING, ZERO, OTHER = "missing", "zero", "other"
STEPS = 4  # bins to a doubling
GROUPS = 10  # that two days are compared by, about
WHOLE = 0.999  # of the users in one group: a column that tells nobody apart, such as a season's
Histogram = Mapping[str, int]


def of_numbers(values: np.ndarray) -> dict[str, int]:
    """Counts of float64 values by bin; NaN is missing, infinity counts as the largest number."""
    missing = np.isnan(values)
    there = np.nan_to_num(values[~missing])
    zero = there == 0
    sizes = there[~zero]
    bins = np.floor(STEPS * np.log2(np.abs(sizes))).astype(np.int64)
    found = {MISSING: int(missing.sum()), ZERO: int(zero.sum())}
    for sign, mask in (("+", sizes > 0), ("-", sizes < 0)):
        for number, count in zip(*np.unique(bins[mask], return_counts=True), strict=True):
            found[f"{sign}{number}"] = int(count)
    return {key: count for key, count in found.items() if count}


def of_texts(column: pa.Array | pa.ChunkedArray, known: Sequence[str]) -> dict[str, int]:
    """Counts of texts, those that are not known together as OTHER: no rare text is kept."""
    found: dict[str, int] = {}
    there = set(known)
    for row in pc.value_counts(column).to_pylist():
        text = row["values"]
        key = MISSING if text is None else f"={text}" if text in there else OTHER
        found[key] = found.get(key, 0) + row["counts"]
    return found


def of_table(table: pa.Table, features: Sequence[str], texts: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
    """The histogram of every feature of a table. texts: the known values of those that hold text."""
    found = {}
    for name in features:
        column = table[name]
        if name in texts:
            found[name] = of_texts(column, texts[name])
        else:
            numbers = pc.cast(column, pa.float64(), safe=False).to_numpy()
            found[name] = of_numbers(numbers)
    return found


def added(parts: Sequence[Mapping[str, Histogram]]) -> dict[str, dict[str, int]]:
    """The sum of the histograms of several parts, by feature."""
    total: dict[str, dict[str, int]] = {}
    for part in parts:
        for name, counts in part.items():
            sums = total.setdefault(name, {})
            for key, count in counts.items():
                sums[key] = sums.get(key, 0) + count
    return {name: dict(sorted(counts.items(), key=lambda one: _place(one[0]))) for name, counts in total.items()}


def psi(before: Histogram, now: Histogram) -> tuple[float, float]:
    """The population stability index of two histograms, and how large it is by chance alone on average.

    Neighbouring bins are taken together until each group holds a tenth of the users before; missing values and texts
    stand for themselves. A move of all numbers by one bin, a fifth of the value, is none: where many users have one
    value, it would count in full or not at all. 0 and 0 where one has nobody, or all users are alike, before and now.
    """
    found = [_psi(before, _moved(now, bins)) for bins in (0, -1, 1)]
    return min(found)


def _moved(one: Histogram, bins: int) -> Histogram:
    """The histogram with all numbers a few bins larger."""
    return {f"{key[0]}{int(key[1:]) + bins}" if _place(key)[0] in (0, 2) else key: n for key, n in one.items()}


def _psi(before: Histogram, now: Histogram) -> tuple[float, float]:
    users, others = sum(before.values()), sum(now.values())
    groups = _groups(before, now)
    if not users or not others or len(groups) < 2:
        return 0.0, 0.0
    p, q = (np.array([sum(one.get(key, 0) for key in group) for group in groups], float) for one in (before, now))
    if p.max() >= WHOLE * users and q.max() >= WHOLE * others:
        return 0.0, 0.0
    p, q = ((one + 0.5) / (one.sum() + 0.5 * len(groups)) for one in (p, q))
    return float(((q - p) * np.log(q / p)).sum()), (len(groups) - 1) * (1 / users + 1 / others)


def missing(one: Histogram) -> float:
    """The share of users without a value; 0 where there is nobody."""
    return one.get(MISSING, 0) / max(sum(one.values()), 1)


def _groups(before: Histogram, now: Histogram) -> list[list[str]]:
    keys = sorted({*before, *now}, key=_place)
    alone = [[key] for key in keys if key in (MISSING, OTHER) or key.startswith("=")]
    least = sum(before.values()) / GROUPS
    found: list[list[str]] = []
    group: list[str] = []
    for key in keys:
        if [key] in alone:
            continue
        group.append(key)
        if sum(before.get(one, 0) for one in group) >= least:
            found.append(group)
            group = []
    if group:
        if found and sum(now.get(one, 0) for one in group) == 0:
            found[-1] += group
        else:
            found.append(group)
    return [*alone, *found]


def _place(key: str) -> tuple[int, float, str]:
    """Where a bin stands: negative numbers, zero, positive ones, then what is no number."""
    if key == ZERO:
        return 1, 0.0, key
    if key[0] in "+-" and key[1:].lstrip("-").isdigit():
        return (2, float(key[1:]), key) if key[0] == "+" else (0, -float(key[1:]), key)
    return 3, 0.0, key
