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


def fit(
    features: Mapping[str, np.ndarray], users: pa.Array | pa.ChunkedArray | None = None, least: int = 1
) -> dict[str, tuple[str, ...]]:
    """The different texts of each text feature, by alphabet. Text features are arrays of objects, None = missing.

    users: whose each row is. least: a text of fewer users than this is left out, and so is coded as one never seen: a
    model is kept for long and goes to many places, and a text that few have may tell who they are.
    """
    return {
        name: tuple(sorted(_common(values, users, least)))
        for name, values in features.items()
        if values.dtype == object
    }


def _common(values: np.ndarray, users: pa.Array | pa.ChunkedArray | None, least: int) -> list[str]:
    texts = pa.array(values, pa.string())
    if users is None or least < 2:
        return [one for one in pc.unique(texts).to_pylist() if one is not None]
    counted = pa.table({"text": texts, "user": users}).group_by("text").aggregate([("user", "count_distinct")])
    common = counted.filter(pc.greater_equal(counted["user_count_distinct"], least))
    return [one for one in common["text"].to_pylist() if one is not None]


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
