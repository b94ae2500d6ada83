"""Why a user's risk is what it is: the model's contributions, several windows of one feature taken as one reason."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa

from features.catalogue.feature import parse

REASONS = 5
CHUNK = 4096  # rows worked on at once: some 10 MB
TYPE = pa.list_(pa.struct([("feature", pa.string()), ("value", pa.float64()), ("contribution", pa.float64())]))


def reasons(names: Sequence[str], matrix: np.ndarray, contributions: np.ndarray, most: int = REASONS) -> pa.Array:
    """The strongest reasons of each row: ``list<struct<feature, value, contribution>>``, strongest first.

    matrix, contributions: (rows, features), in the order of ``names``. A reason is a feature over all its windows: its
    contribution (log-odds, positive = towards churn) is their sum, and the column named, with its value (null where
    missing), is the one of them that contributed most.
    """
    chosen, values, sums = strongest(tuple(names), matrix, contributions, most)
    kept, values = chosen.shape[1], values.ravel()
    structs = pa.StructArray.from_arrays(
        [
            pa.array(np.asarray(names, dtype=object)[chosen].ravel(), pa.string()),
            pa.array(values, pa.float64(), mask=np.isnan(values)),
            pa.array(sums.ravel(), pa.float64()),
        ],
        fields=list(TYPE.value_type),
    )
    offsets = pa.array(np.arange(0, len(matrix) * kept + 1, kept), pa.int32())
    return pa.ListArray.from_arrays(offsets, structs, type=TYPE)


def strongest(
    names: tuple[str, ...], matrix: np.ndarray, contributions: np.ndarray, most: int = REASONS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same as plain arrays of shape (rows, reasons): the columns named, their values, and the sums."""
    windows = _windows(names)
    kept = min(most, len(windows))
    chosen, sums = np.empty((len(matrix), kept), np.int64), np.empty((len(matrix), kept))
    for begin in range(0, len(matrix), CHUNK):
        rows = slice(begin, begin + CHUNK)
        part = contributions[rows]
        padded = np.zeros((len(part), len(names) + 1))  # the last, empty column fills up the shorter groups
        padded[:, :-1] = part
        grouped = padded[:, windows]
        total = grouped.sum(axis=2)
        order = np.argsort(-np.abs(total), axis=1, kind="stable")[:, :kept]
        each = np.arange(len(part))[:, None]
        leads = np.abs(grouped).argmax(axis=2)[each, order]
        chosen[rows], sums[rows] = windows[order, leads], total[each, order]
    return chosen, matrix[np.arange(len(matrix))[:, None], chosen], sums


@lru_cache(maxsize=8)
def _windows(names: tuple[str, ...]) -> np.ndarray:
    """The columns of each feature, one row a feature, filled up with a column behind the last."""
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        groups.setdefault(parse(name).base, []).append(index)
    found = np.full((len(groups), max(map(len, groups.values()))), len(names))
    for row, columns in zip(found, groups.values(), strict=True):
        row[: len(columns)] = columns
    return found
