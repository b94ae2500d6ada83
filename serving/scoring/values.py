"""The values of one column of scores, which come out as an Arrow array or, for a handful of rows, as plain values.

Arrow takes most of the time of a handful of rows; plain values take most of the time of many.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from serving.scoring.columns import CURVE
from serving.scoring.reasons import TYPE, reasons, strongest


class Values(Protocol):
    """A column of scores, one value a row."""

    def arrow(self) -> pa.Array: ...

    def plain(self) -> list[Any]: ...


@dataclass(frozen=True)
class Numbers:
    """Numbers, shape (rows,). nullable: whether NaN is a null."""

    numbers: np.ndarray
    nullable: bool = False

    def arrow(self) -> pa.Array:
        return pa.array(self.numbers, from_pandas=self.nullable)

    def plain(self) -> list[Any]:
        found = self.numbers.tolist()
        return [None if math.isnan(one) else one for one in found] if self.nullable else found


@dataclass(frozen=True)
class Names:
    """Names given by their index. index: shape (rows,)."""

    names: Sequence[str]
    index: np.ndarray

    def arrow(self) -> pa.Array:
        index, names = pa.array(self.index, pa.int32()), pa.array(self.names, pa.string())
        return pa.DictionaryArray.from_arrays(index, names).cast(pa.string())

    def plain(self) -> list[Any]:
        return [self.names[one] for one in self.index]


@dataclass(frozen=True)
class Curves:
    """The churn risk at each horizon. days: the horizons. risk: shape (rows, horizons)."""

    days: Sequence[float]
    risk: np.ndarray

    def arrow(self) -> pa.Array:
        (rows, width), risk = self.risk.shape, self.risk.ravel()
        points = [pa.array(np.tile(self.days, rows)), pa.array(risk), pa.array(1 - risk)]
        structs = pa.StructArray.from_arrays(points, fields=list(CURVE.value_type))
        return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), structs, type=CURVE)

    def plain(self) -> list[Any]:
        return [
            [
                {"days": days, "churn_risk": gone, "returned": 1 - gone}
                for days, gone in zip(self.days, row, strict=True)
            ]
            for row in self.risk.tolist()
        ]


@dataclass(frozen=True)
class Reasons:
    """The strongest reasons of each row, see ``serving.scoring.reasons``. matrix, contributions: (rows, features)."""

    features: tuple[str, ...]
    matrix: np.ndarray
    contributions: np.ndarray

    def arrow(self) -> pa.Array:
        return reasons(self.features, self.matrix, self.contributions)

    def plain(self) -> list[Any]:
        chosen, values, sums = strongest(self.features, self.matrix, self.contributions)
        return [
            [
                {"feature": self.features[at], "value": None if math.isnan(value) else value, "contribution": by}
                for at, value, by in zip(*row, strict=True)
            ]
            for row in zip(chosen.tolist(), values.tolist(), sums.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class NoReasons:
    """Nulls where reasons would be."""

    rows: int

    def arrow(self) -> pa.Array:
        return pa.nulls(self.rows, TYPE)

    def plain(self) -> list[Any]:
        return [None] * self.rows
