"""The cuts of layers, kept: worked out from everybody once, so that a group means the same next month."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.build import known, plan
from features.build.look_up import look_up, prepare
from features.build.population import measure, moment
from features.catalogue.feature import parse
from features.config.layer_rules import Cuts, Layer, Test, load_cuts, save_cuts, work_out
from features.user_base import UserBase

CUTS, ACTIVE = "cuts.json", "active_total"  # ACTIVE: cuts come from those who were ever active


def kept_cuts(base: UserBase, at: datetime, layers: Sequence[Layer], folder: Path) -> dict[str, float]:
    """The cuts of the layers: those kept in the folder; the others are worked out as of the date, and kept there.

    Everybody is looked up where, and only where, a cut is missing. Raises BadInput where the kept ones cannot be read.
    """
    kept = load_cuts(folder / CUTS)
    cuts = cuts_of(base, at, layers, kept)
    if cuts != kept:
        save_cuts(folder / CUTS, cuts, at.isoformat())
    return cuts


def cuts_of(base: UserBase, at: datetime, layers: Sequence[Layer], kept: Cuts) -> dict[str, float]:
    """The kept cuts and those that are missing, as of the date. On Spark executors work them out."""
    missing = [test for layer in layers for test in layer.tests if test.cut and test.key not in kept]
    if not missing:
        return dict(kept)
    if base.config.engine.kind == "spark":
        return {**kept, **_on_spark(base, at, missing)}
    users = base.con.to_pyarrow(known(base, at).order_by("user_id"))
    values = look_up(base, at, users, prepare(base, [ACTIVE, *(test.comparison.name for test in missing)]))
    return work_out(layers, values, values[ACTIVE] > 0, kept)


def _on_spark(base: UserBase, at: datetime, tests: Sequence[Test]) -> dict[str, float]:
    """What ``work_out`` makes of everybody's values, of which none comes here."""
    names = list(dict.fromkeys([ACTIVE, *(test.comparison.name for test in tests)]))
    query = plan(base, [parse(name) for name in names], everybody=True).spark
    assert query
    moment(base.con, measure(base, at))
    cuts = {test.key: _spark_sql(test) for test in tests}
    asked = ", ".join(f"{sql} AS cut_{number}" for number, sql in enumerate(cuts.values()))
    schema = pa.schema([(f"cut_{number}", pa.float64()) for number in range(len(cuts))])
    found = query.told(base.con, f"SELECT {asked} FROM {{}}", schema).to_pylist()[0].values()
    return {key: float("nan") if one is None else round(one, 6) for key, one in zip(cuts, found, strict=True)}


def _spark_sql(test: Test) -> str:
    """The cut in Spark's SQL, which takes percentiles as numpy does, between the two values beside them."""
    value = f"cast(`{test.comparison.name}` AS double)"
    value = f"CASE WHEN `{ACTIVE}` > 0 AND NOT isnan({value}) THEN {value} END"
    assert test.cut
    return f"avg({value})" if test.cut == "mean" else f"percentile({value}, {float(test.cut[1:]) / 100!r})"
