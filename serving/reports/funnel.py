"""The funnel job: how many users take each step in the days before a date, and the groups whose rates diverge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.build import available, known
from features.build.look_up import look_up, prepare
from features.build.only_todays_value import only_of_today, refuse_undated
from features.catalogue.feature import parse, span_name
from features.errors import BadInput
from features.groups.group_differences import Divergence, by_group, divergences, steps_taken
from features.user_base import UserBase
from serving.reports import funnel_chart
from serving.reports.work import funnel_on_spark

CONFIDENCE = 0.95
# One row per step for everybody, then one per group and step that could be compared.
SCHEMA = pa.schema(
    [
        pa.field("as_of", pa.timestamp("us", "UTC"), metadata={"meaning": "the cutoff: only rows before it were used"}),
        pa.field("days", pa.float64(), metadata={"meaning": "length of the window that ends at the cutoff"}),
        pa.field("step", pa.string(), metadata={"meaning": "kind of event"}),
        pa.field("attribute", pa.string(), metadata={"meaning": "what tells the group; null: everybody"}),
        pa.field("group", pa.string(), metadata={"meaning": "its value, '(missing)' where not known; null: everybody"}),
        pa.field("users", pa.int64(), metadata={"meaning": "who took the step before; for the first, all known users"}),
        pa.field("rate", pa.float64(), metadata={"meaning": "share of them that took this step; null: nobody there"}),
        pa.field("rest_users", pa.int64(), metadata={"meaning": "the same of all other users; null: everybody"}),
        pa.field("rest_rate", pa.float64(), metadata={"meaning": "share of these; null: everybody"}),
        pa.field("difference", pa.float64(), metadata={"meaning": "rate minus rest_rate; null: everybody"}),
        pa.field("low", pa.float64(), metadata={"meaning": "lower end of its interval, for all comparisons at once"}),
        pa.field("high", pa.float64(), metadata={"meaning": "upper end"}),
        pa.field("p", pa.float64(), metadata={"meaning": "of no difference, corrected for the number of comparisons"}),
        pa.field("significant", pa.bool_(), metadata={"meaning": "p below 0.05; null: everybody"}),
    ]
)


@dataclass(frozen=True)
class Funnel:
    """What became of the users known at a date in the ``days`` before it.

    users: who took each step and all before it, by step in order. differences: groups beside the rest, see divergences.
    attributes: what the groups are made by. without: attributes of which only today's value is known, left out.
    """

    as_of: datetime
    days: float
    known: int
    users: Mapping[str, int]
    differences: list[Divergence]
    attributes: list[str]
    without: list[str]
    files: list[Path]

    @property
    def rates(self) -> list[tuple[str, int, int, float | None]]:
        """Per step: its name, who could take it, who took it, and their share; None where nobody could."""
        before = [self.known, *self.users.values()]
        return [
            (step, there, took, took / there if there else None)
            for (step, took), there in zip(self.users.items(), before, strict=False)
        ]


def significant(one: Divergence) -> bool:
    """Whether a difference is more than chance, all comparisons taken together."""
    return one.p < 1 - CONFIDENCE


def funnel(base: UserBase, as_of: datetime | None, days: float | None, folder: Path) -> Funnel:
    """Count the steps of ``[funnel]`` that users took in the ``days`` (default: the horizon) before a date (default:
    the end of the logs), compare the groups of every attribute, and write ``funnel.parquet`` and ``funnel.png``.

    A step counts where an event of its kind and of all kinds before it lies in the window. Raises BadInput without
    steps, for what the tables lack, where nobody is known yet, and for a named attribute of which only today's value is
    known at an earlier date; attributes that nobody named are then left out.
    """
    steps, as_of = base.config.funnel.steps, as_of or base.tables.observed_until
    if not steps:
        raise BadInput(
            f"{base.config.file.name}: funnel.steps: no step is named; name kinds of event on the way to the goal, "
            'such as steps = ["view", "cart", "pay"]'
        )
    columns = [parse(f"event_count__{step}_{span_name(days or base.config.horizon)}") for step in steps]
    names, without = _attributes(base, as_of)
    count = funnel_on_spark.counted if base.config.engine.kind == "spark" else _counted
    everybody, groups = count(base, as_of, [column.name for column in columns], names)
    total = sum(everybody)
    if not total:
        raise BadInput(f"as-of {as_of:%Y-%m-%d %H:%M}: no user is known then; take a later as-of")
    taken = {step: sum(everybody[place + 1 :]) for place, step in enumerate(steps)}
    differences = divergences(groups, steps, confidence=CONFIDENCE)
    files = [folder / "funnel.parquet", folder / "funnel.png"]
    result = Funnel(as_of, columns[0].days or 0.0, total, taken, differences, names, without, files)
    folder.mkdir(parents=True, exist_ok=True)
    base.still_as_read()
    whole_files.write(files[0], lambda part: pq.write_table(table(result), part, compression="zstd"))
    shown = [(one, significant(one)) for one in differences]
    funnel_chart.png(result.rates, shown, f"the {result.days:g} days before {as_of:%Y-%m-%d}", files[1])
    return result


def _counted(
    base: UserBase, as_of: datetime, steps: Sequence[str], names: Sequence[str]
) -> tuple[list[int], dict[str, dict[str, list[int]]]]:
    """How many users took 0, 1, … and all steps in order: all, and by attribute and group. steps: the features that
    count their events."""
    users = base.con.to_pyarrow(known(base, as_of).order_by("user_id"))
    if not len(users):
        return [0], {}
    values = look_up(base, as_of, users, prepare(base, [*steps, *names]))
    reached = steps_taken([values[step] for step in steps])
    groups = {name: by_group(reached, _words(values[name]), len(steps)) for name in names}
    return np.bincount(reached, minlength=len(steps) + 1).tolist(), groups


def table(funnel: Funnel) -> pa.Table:
    """The rows of ``funnel.parquet``."""
    rows: list[dict[str, Any]] = [{"step": step, "users": there, "rate": rate} for step, there, _, rate in funnel.rates]
    rows += [vars(one) | {"difference": one.difference, "significant": significant(one)} for one in funnel.differences]
    common = {"as_of": funnel.as_of, "days": funnel.days}
    return pa.Table.from_pylist([row | common for row in rows], SCHEMA)


def _attributes(base: UserBase, as_of: datetime) -> tuple[list[str], list[str]]:
    """The attributes to make groups by at the date, and those left out because only today's value is known."""
    if named := base.config.funnel.attributes:
        refuse_undated(base.config, base.tables, named, as_of, base.tables.observed_until)
        return named, []
    if named is not None:
        return [], []
    there = available(base.config, base.tables)
    names = [one.name for one in there if one.table == "users" and one.dtype == "string"]
    today = only_of_today(base.config, base.tables, names) if as_of < base.tables.observed_until else {}
    return [name for name in names if name not in today], list(today)


def _words(values: np.ndarray) -> np.ndarray:
    """Text as it is; yes, no or missing for what is 1, 0 or NaN."""
    if values.dtype == object:
        return values
    return np.array([None if value != value else "yes" if value else "no" for value in values], dtype=object)
