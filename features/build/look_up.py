"""Features by name as plain arrays, in the order of the given users: the values that rules compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.build.feature_table import Plan, plan, run
from features.build.population import Population, measure
from features.catalogue.feature import REGISTRY, Feature, parse
from features.user_base import UserBase


@dataclass(frozen=True)
class Lookup:
    """A compiled query for some features. everybody: whether they depend on the population.
    measured: populations by date, once for all buckets of a base."""

    plan: Plan
    everybody: bool
    measured: dict[datetime, Population] = field(default_factory=dict, repr=False, compare=False)


def prepare(base: UserBase, names: Sequence[str]) -> Lookup:
    """Compile the query for the named features; it works for any date and users."""
    columns = [parse(name) for name in dict.fromkeys(names)]
    return Lookup(plan(base, columns), any(of_everybody(column.feature) for column in columns))


def look_up(base: UserBase, at: datetime, users: pa.Table, lookup: Lookup) -> dict[str, np.ndarray]:
    """The features of the users (``user_id``) at a date, by name, as ``arrays`` has them."""
    if at not in lookup.measured:
        lookup.measured[at] = measure(base, at) if lookup.everybody else nobody(at)
    population = lookup.measured[at]
    return arrays(run(base.con, lookup.plan, population, users), users, lookup.plan.columns)


def nobody(at: datetime) -> Population:
    """The date alone, for features that do not depend on the population."""
    return Population(at, 0, None, None, 0.0, 0.0)


def arrays(found: pa.Table, users: pa.Table, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Columns of a feature table by name, in the order of the users (``user_id``), who must all be in it.

    Numbers are floats with NaN for missing, text is objects with None.
    """
    found = found.take(pc.index_in(users["user_id"], found["user_id"].combine_chunks()))
    return {name: _array(found[name]) for name in names}


def _array(column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.asarray(column.to_pylist(), dtype=object)
    return pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)


def of_everybody(feature: Feature) -> bool:
    """Whether a feature, or one that it is computed from, depends on the population."""
    return "population" in feature.takes or any(of_everybody(REGISTRY[name]) for name in feature.uses)
