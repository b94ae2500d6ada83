"""A bucket's users in the groups of layers, and how many there are in each."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.config.layer_rules import Cuts, Layer, assign
from features.config.rules import Values


def groups(
    layers: Sequence[Layer], cuts: Cuts, users: pa.ChunkedArray, values: Values
) -> tuple[pa.Table, Counter[tuple[str, str]]]:
    """``user_id`` and a column of group names per layer; (layer, group) → users. values: what rules look at, in the
    order of the users."""
    named = {one.name: _names(one, assign(one, values, cuts, len(users))) for one in layers}
    table, counts = pa.table({"user_id": users, **named}), Counter[tuple[str, str]]()
    for name in named:
        counts.update({(name, one["values"]): one["counts"] for one in table[name].value_counts().to_pylist()})
    return table, counts


def _names(layer: Layer, codes: np.ndarray) -> pa.Array:
    names = pa.array([group.en for group in layer.groups], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), names).cast(pa.string())
