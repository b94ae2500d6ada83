"""What scores and stages need of a bucket's users: their features now, and those that show their health before.

DuckDB builds it bucket by bucket; Spark builds it for all users first, into Parquet split by bucket, which this process
or an executor of Spark reads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from features.build import feature_table, look_up
from features.build.population import Population, measure, moment
from features.catalogue.columns_needed import columns_needed
from features.catalogue.feature import parse
from features.config import Config
from features.config.rules import Values
from features.config.stage_rules import WEEKS, Ladder
from features.engine import spark
from features.engine.spark import read_split
from features.groups import lifecycle
from features.groups.users_at import columns_there, last_rows, users_at, users_in
from features.progress import Progress
from features.user_base import UserBase
from features.wall_clock import later
from serving.batch.buckets import PART, split_base
from serving.batch.part import ALL
from serving.scoring.named import Named

NEEDED = ("days_since_active", "tenure_days", "gap_count")  # for the snapshot's own columns


@dataclass(frozen=True)
class RequiredFeatures:
    """The features that scoring requires of a user.

    columns: all at the as-of. now: those of them that stage rules read. looks: those that the rules read of the weeks
    before. ladders: the rules. named: what levels and tags require, if there are any.
    """

    columns: tuple[str, ...]
    now: tuple[str, ...]
    looks: tuple[str, ...]
    ladders: tuple[Ladder, ...]
    named: Named | None = None

    @property
    def weeks(self) -> int:
        """How many weeks back are looked at."""
        return WEEKS if self.ladders else 0


@dataclass(frozen=True)
class BucketFeatures:
    """A bucket's users. features: a table with ``user_id``, by user. now, weeks: the values that stage rules read, in
    the same order. measured, users: the measure of levels by date, and columns of users, where ``named`` asks for
    them."""

    features: pa.Table
    now: Values
    weeks: Sequence[Values]
    measured: Mapping[datetime, np.ndarray] = field(default_factory=dict)
    users: pa.Table | None = None


Find = Callable[[str], BucketFeatures]


def required_features(
    config: Config, features: Iterable[str], named: Named | None = None, shown: Sequence[str] = ()
) -> RequiredFeatures:
    """What a model of these features and the configured stages require; named: and levels and tags; shown: and the
    snapshot's own columns."""
    ladders, now, looks = lifecycle.read_rules(config)
    now = list(dict.fromkeys([lifecycle.SILENT, *now, *looks]))
    columns = tuple(dict.fromkeys([*NEEDED, *features, *now, *(named.features if named else ()), *shown]))
    return RequiredFeatures(columns, tuple(now), tuple(dict.fromkeys(looks)), ladders, named)


def dates_of(config: Config, as_of: datetime, required: RequiredFeatures) -> list[datetime]:
    """The dates that features are asked at: the as-of, each of the weeks before that stages read, and those of
    levels."""
    weeks = [later(as_of, -7 * week, config.project.timezone) for week in range(1, required.weeks + 1)]
    return [as_of, *weeks, *(required.named.dates if required.named else ())]


def populations(base: UserBase, as_of: datetime, required: RequiredFeatures) -> list[Population]:
    """What features need to know of everybody, at each of these dates."""

    def measured(names: Iterable[str], dates: Sequence[datetime]) -> list[Population]:
        everybody = any(look_up.of_everybody(parse(name).feature) for name in names)
        return [measure(base, at) if everybody else look_up.nobody(at) for at in dates]

    _, *others = dates_of(base.config, as_of, required)
    weeks, levels = others[: required.weeks], others[required.weeks :]
    return [measure(base, as_of), *measured(required.looks, weeks), *measured(_measure(required), levels)]


def on_duckdb(
    base: UserBase,
    known: ir.Table,
    required: RequiredFeatures,
    dates: Sequence[Population],
    digits: int,
    work: Path,
) -> Find:
    """Split the tables into the work folder, unless there is only one bucket, and compile the queries once."""
    needed = columns_needed(base.tables, [*required.columns, *required.looks, *_measure(required)])
    part, buckets = split_base(base, known, dates[0].cutoff, needed, digits, work / "rows")
    now = feature_table.plan(part, [parse(name) for name in required.columns], everybody=True)
    looks = feature_table.plan(part, [parse(name) for name in required.looks])
    levels = feature_table.plan(part, [parse(name) for name in _measure(required)]) if _measure(required) else looks

    def users(features: pa.Table) -> pa.Table:
        assert required.named
        return users_at(part, required.named.at, features, required.named.users)

    def find(prefix: str) -> BucketFeatures:
        buckets.show(base.con, prefix)
        features = feature_table.run(base.con, now, dates[0]).sort_by("user_id")
        plans = [levels if week > required.weeks else looks for week in range(1, len(dates))]
        found = [feature_table.run(base.con, one, date, features) for one, date in zip(plans, dates[1:], strict=True)]
        return _bucket_features(features, required, found, users)

    return find


@dataclass(frozen=True)
class SplitFeatures:
    """What Spark wrote of all users, split by bucket. folders: by date, the as-of first. users: columns of users at the
    as-of, where ``named`` asks for them. It may go to other machines, which must see the folders."""

    required: RequiredFeatures
    folders: tuple[Path, ...]
    users: Path | None = None

    def find(self, prefix: str) -> BucketFeatures:
        features, *dates = (read_split(folder, f"{PART}={prefix}") for folder in self.folders)
        names = self.required.named.users if self.required.named else ()
        known = read_split(self.users, f"{PART}={prefix}") if self.users else None
        return _bucket_features(
            features.sort_by("user_id"), self.required, dates, lambda users: users_in(known, users, names)
        )


def on_spark(
    base: UserBase,
    required: RequiredFeatures,
    dates: Sequence[Population],
    digits: int,
    work: Path,
    progress: Progress,
) -> SplitFeatures:
    """Have Spark's executors write the features of every date into the work folder, which they must be able to see.

    What an earlier try finished is not done again; Spark is not even started where nothing is missing.
    """
    folders = tuple(work / f"features-{week}" for week in range(len(dates)))
    users = work / "users" if required.named and columns_there(base.tables, required.named.users) else None
    if not all(folder.exists() for folder in (*folders, *([users] if users else []))):
        columns = (required.columns, required.looks, _measure(required) or required.looks)
        plans = [
            feature_table.plan(base, [parse(name) for name in names], everybody=number == 0)
            for number, names in enumerate(columns)
        ]
        for week, (folder, date) in enumerate(zip(folders, dates, strict=True)):
            progress("building features on Spark", week, len(dates))
            if not folder.exists():
                moment(base.con, date)
                query = plans[min(week, 1) + (week > required.weeks)].spark
                assert query
                query.write(base.con, folder, PART, digits, ALL, {"asked": folders[0]})
        if users and not users.exists():
            _users_on_spark(base, required, digits, users)
        progress("building features on Spark", len(dates), len(dates))
    return SplitFeatures(required, folders, users)


def _users_on_spark(base: UserBase, required: RequiredFeatures, digits: int, to: Path) -> None:
    named = required.named
    assert named
    columns = columns_there(base.tables, named.users)
    rows = last_rows(spark.stand_ins(base.tables)["users"], named.at, columns)
    spark.prepare(base.config, base.con, base.tables, rows).write(base.con, to, PART, digits, ALL)


def _bucket_features(
    features: pa.Table,
    required: RequiredFeatures,
    dates: Sequence[pa.Table],
    users: Callable[[pa.Table], pa.Table],
) -> BucketFeatures:
    """dates: the features of the weeks before, then those at the dates of levels. users: finds their columns."""

    def values(found: pa.Table, names: Sequence[str]) -> dict[str, np.ndarray]:
        return look_up.arrays(found, features, names)

    now, weeks = values(features, required.now), [values(week, required.looks) for week in dates[: required.weeks]]
    named = required.named
    if named is None:
        return BucketFeatures(features, now, weeks)
    levels = zip(named.dates, dates[required.weeks :], strict=True)
    measured = {date: values(found, _measure(required))[str(named.measure)] for date, found in levels}
    return BucketFeatures(features, now, weeks, measured, users(features))


def _measure(required: RequiredFeatures) -> list[str]:
    """The feature that levels look at, if they do."""
    return [required.named.measure] if required.named and required.named.measure else []
