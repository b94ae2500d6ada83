"""Why a user's risk is what it is: the model's contributions, one reason a feature, those to act on first.

A person acts on what raises the risk and on numbers that can be seen in the user's own history. So the first reasons of
a user above the base's risk are those that raise it (below it, those that lower it), a feature's windows and half-lives
are one reason that names a plain window, and what is the same for all users of a cutoff is no reason at all.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from features.catalogue.feature import FeatureColumn, parse

REASONS = 5
FIRST = 3  # of them on the side of the base's risk that the user is on, if there are so many
CHUNK = 4096  # rows worked on at once: some 10 MB
FIELDS = [
    ("feature", pa.string()),
    ("value", pa.float64()),
    ("before", pa.float64()),
    ("contribution", pa.float64()),
]
TYPE = pa.list_(pa.struct(FIELDS))
PLAIN = {  # half-life counts, and the counts of a window that say the same in whole numbers
    "active_decayed": "active_count",
    "active_decayed_rate": "active_count",
    "event_decayed": "event_count",
    "order_amount_decayed": "order_amount",
}
SUMS = (
    "active_count",
    "order_count",
    "event_count",
    "order_amount",
)  # twice the window less the window = the one before
_AHEAD = 1e6  # log-odds: more than any contribution


class Strongest(NamedTuple):
    """Reasons as plain arrays of shape (rows, reasons): the columns named, their values (NaN: null), the values of the
    window before (NaN: not told), and the contributions."""

    columns: np.ndarray
    values: np.ndarray
    before: np.ndarray
    contributions: np.ndarray


class _Groups(NamedTuple):
    columns: np.ndarray  # (groups, widest): the columns of each reason, filled up with one behind the last
    named: np.ndarray  # (groups, widest): whether a reason may name the column
    last: np.ndarray  # (groups,): a reason of half-life counts alone
    twice: np.ndarray  # (columns,): the same count over twice the window, or -1


def reasons(names: Sequence[str], matrix: np.ndarray, contributions: np.ndarray, most: int = REASONS) -> pa.Array:
    """The reasons of each row as ``TYPE``, those to act on first.

    matrix, contributions: (rows, features), in the order of ``names``. A reason is a feature over all its windows and
    half-lives: its contribution (log-odds, positive = towards churn) is their sum, and the column named, with its value
    (null where missing), is the plain one of them that contributed most in that direction. before: of a count, what it
    was in the window before; null where the model has no window twice as long. The first ``FIRST`` reasons push the way
    the user lies from the base's risk, strongest first; the others follow by strength, half-life counts at the end.
    """
    found = strongest(tuple(names), matrix, contributions, most)
    kept, values, before = found.columns.shape[1], found.values.ravel(), found.before.ravel()
    structs = pa.StructArray.from_arrays(
        [
            pa.array(np.asarray(names, dtype=object)[found.columns].ravel(), pa.string()),
            pa.array(values, pa.float64(), mask=np.isnan(values)),
            pa.array(before, pa.float64(), mask=np.isnan(before)),
            pa.array(found.contributions.ravel(), pa.float64()),
        ],
        fields=list(TYPE.value_type),
    )
    offsets = pa.array(np.arange(0, len(matrix) * kept + 1, kept), pa.int32())
    return pa.ListArray.from_arrays(offsets, structs, type=TYPE)


def strongest(names: tuple[str, ...], matrix: np.ndarray, contributions: np.ndarray, most: int = REASONS) -> Strongest:
    """The same as plain arrays."""
    groups = _groups(names)
    kept = min(most, len(groups.columns))
    chosen, sums = np.empty((len(matrix), kept), np.int64), np.empty((len(matrix), kept))
    for begin in range(0, len(matrix), CHUNK):
        rows = slice(begin, begin + CHUNK)
        part = contributions[rows]
        padded = np.zeros((len(part), len(names) + 1))  # the last, empty column fills up the shorter groups
        padded[:, :-1] = part
        grouped = padded[:, groups.columns]
        total = _sums(grouped)
        side = np.where(_sums(part) >= 0, 1.0, -1.0)[:, None]
        order = _order(total, side, groups.last)[:, :kept]
        sums[rows] = np.take_along_axis(total, order, axis=1)
        each = np.arange(len(part))[:, None]
        towards = grouped[each, order] * np.where(sums[rows] >= 0, 1.0, -1.0)[:, :, None]
        leads = np.where(groups.named[order], towards, -np.inf).argmax(axis=2)
        chosen[rows] = groups.columns[order, leads]
    each, twice = np.arange(len(matrix))[:, None], groups.twice[chosen]
    values = matrix[each, chosen]
    before = np.where(twice >= 0, matrix[each, twice] - values, np.nan)
    return Strongest(chosen, values, before, sums)


def _sums(array: np.ndarray) -> np.ndarray:
    """The sums over the last axis, one by one: numpy's own differ in the last digit with the number of rows."""
    total = np.zeros(array.shape[:-1])
    for place in range(array.shape[-1]):
        total += array[..., place]
    return total


def _order(total: np.ndarray, side: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The groups of each row, the first reason first."""
    towards = np.where(last, -np.inf, total * side)
    places = np.argsort(-towards, axis=1, kind="stable")[:, :FIRST]
    first = np.zeros(total.shape, dtype=bool)
    np.put_along_axis(first, places, np.take_along_axis(towards, places, axis=1) > 0, axis=1)
    return np.argsort(-(np.abs(total) + _AHEAD * first - _AHEAD * last), axis=1, kind="stable")


@lru_cache(maxsize=8)
def _groups(names: tuple[str, ...]) -> _Groups:
    columns = [parse(name) for name in names]
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        if column.feature.takes != ("population",):
            groups.setdefault(_reason(column), []).append(index)
    if not groups:  # a model of nothing but the base's own figures
        groups = {name: [index] for index, name in enumerate(names)}
    shape = (len(groups), max(map(len, groups.values())))
    found, named, last = np.full(shape, len(names)), np.zeros(shape, dtype=bool), np.zeros(len(groups), dtype=bool)
    for row, indices in enumerate(groups.values()):
        plain = [columns[index].feature.name not in PLAIN for index in indices]
        found[row, : len(indices)] = indices
        named[row, : len(indices)] = plain if any(plain) else True
        last[row] = not any(plain)
    places = {(column.base, column.days): index for index, column in enumerate(columns)}
    twice = [
        places.get((column.base, 2 * column.days), -1) if column.days and column.feature.name in SUMS else -1
        for column in columns
    ]
    return _Groups(found, named, last, np.array(twice))


def _reason(column: FeatureColumn) -> str:
    """The reason that a column belongs to: a feature, and its kind of event."""
    name = PLAIN.get(column.feature.name, column.feature.name)
    return name if column.kind is None else f"{name}__{column.kind}"
