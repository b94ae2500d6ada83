"""Numbers for text: its place among the texts seen in training; missing and unseen texts have codes of their own."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING, UNSEEN, FIRST = 0, 1, 2  # FIRST: the first text by alphabet
Encodings = Mapping[str, tuple[str, ...]]


def is_text(column: pa.Array | pa.ChunkedArray) -> bool:
    """Whether the column holds text, or nothing at all."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)


def fit(features: Mapping[str, np.ndarray]) -> dict[str, tuple[str, ...]]:
    """The different texts of each text feature, by alphabet. Text features are arrays of objects, None = missing."""
    return {
        name: tuple(sorted({value for value in values if value is not None}))
        for name, values in features.items()
        if values.dtype == object
    }


def apply(values: np.ndarray | pa.Array | pa.ChunkedArray, names: tuple[str, ...]) -> tuple[np.ndarray, int]:
    """The codes of a text column as float64, and how many of its values were never seen in training.

    names: the texts seen in training, from ``fit``.
    """
    column = pa.array(values, pa.string()) if isinstance(values, np.ndarray) else pc.cast(values, pa.string())
    place = pc.index_in(column, value_set=pa.array(names, pa.string()), skip_nulls=True)
    missing = pc.is_null(column).to_numpy(zero_copy_only=False)
    codes = pc.add(pc.fill_null(place, UNSEEN - FIRST), FIRST).to_numpy(zero_copy_only=False).astype(np.float64)
    codes[missing] = MISSING
    return codes, int((codes == UNSEEN).sum())
