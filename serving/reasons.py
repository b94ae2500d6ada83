"""Why a user's risk is what it is: the model's contributions, several windows of one feature taken as one reason."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.feature import parse

REASONS = 5
TYPE = pa.list_(pa.struct([("feature", pa.string()), ("value", pa.float64()), ("contribution", pa.float64())]))


def reasons(names: Sequence[str], matrix: np.ndarray, contributions: np.ndarray, most: int = REASONS) -> pa.Array:
    """The strongest reasons of each row: ``list<struct<feature, value, contribution>>``, strongest first.

    matrix, contributions: (rows, features), in the order of ``names``. A reason is a feature over all its windows: its
    contribution (log-odds, positive = towards churn) is their sum, and the column named, with its value (null where
    missing), is the one of them that contributed most.
    """
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        groups.setdefault(parse(name).base, []).append(index)
    sums = np.column_stack([contributions[:, columns].sum(axis=1) for columns in groups.values()])
    leads = np.column_stack(
        [np.asarray(columns)[np.abs(contributions[:, columns]).argmax(axis=1)] for columns in groups.values()]
    )
    kept = min(most, sums.shape[1])
    order = np.argsort(-np.abs(sums), axis=1, kind="stable")[:, :kept]
    chosen = np.take_along_axis(leads, order, axis=1)
    values = np.take_along_axis(matrix, chosen, axis=1).ravel()
    structs = pa.StructArray.from_arrays(
        [
            pa.array(np.asarray(names, dtype=object)[chosen].ravel(), pa.string()),
            pa.array(values, pa.float64(), mask=np.isnan(values)),
            pa.array(np.take_along_axis(sums, order, axis=1).ravel(), pa.float64()),
        ],
        fields=list(TYPE.value_type),
    )
    offsets = pa.array(np.arange(0, len(matrix) * kept + 1, kept), pa.int32())
    return pa.ListArray.from_arrays(offsets, structs, type=TYPE)
