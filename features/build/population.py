"""Figures over all users, once per cutoff, so that a user's features do not depend on who else is looked up."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import partial

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.build.aggregate import activity_table
from features.build.day_rows import at_moment
from features.build.past import past
from features.catalogue.feature import steps_a_day
from features.config import Config
from features.engine.duckdb_session import put
from features.engine.spark import answer
from features.user_base import UserBase
from features.wall_clock import days_between, parts_days, wall

GREGORIAN_YEAR = 365.2425  # days, in the mean


@dataclass(frozen=True)
class Population:
    """The population at a cutoff; None where there are no users to measure.

    users: users active before the cutoff. churn_rate: of the users eligible one horizon ago, the share inactive since.
    gap_mean: mean days between two active days of one user (active hours, for horizons under 14 days). season_sin,
    season_cos: where in the year the cutoff lies. observed_days: days since the first activity of any user.
    """

    cutoff: datetime
    users: int
    churn_rate: float | None
    gap_mean: float | None
    season_sin: float
    season_cos: float
    observed_days: float | None = None


SCHEMA = pa.schema(
    [("cutoff", pa.timestamp("us"))]
    + [(f.name, pa.int64() if f.name == "users" else pa.float64()) for f in fields(Population) if f.name != "cutoff"]
)
MOMENT = ibis.table(ibis.Schema.from_pyarrow(SCHEMA), name="moment")


def moment(con: Backend, population: Population) -> ir.Table:
    """The one-row table ``moment`` that features read the cutoff and the population from."""
    put(con, "moment", pa.Table.from_pylist([asdict(population)], SCHEMA))
    return MOMENT


def measure(base: UserBase, cutoff: datetime) -> Population:
    """The population at ``cutoff`` (UTC, no zone), from rows before it only; of a bucket, that of the whole base."""
    base = base.whole or base
    zone = base.config.project.timezone
    bare = Population(cutoff, 0, None, None, *season(wall(cutoff, zone)))
    moment(base.con, bare)
    fine = steps_a_day(base.config.horizon)
    totals = partial(_totals, base.config, _by_days(base, cutoff))
    found = answer(base.config, base.con, base.tables, totals).to_pylist()[0]
    return Population(
        cutoff,
        found["users"],
        found["churned"] / found["eligible"] if found["eligible"] else None,
        found["span"] / fine / found["gaps"] if found["gaps"] else None,
        bare.season_sin,
        bare.season_cos,
        found["first"],
    )


def _by_days(base: UserBase, cutoff: datetime) -> ir.Table | None:
    """The active days of all users as they are kept; None where they are not, or do not tell enough."""
    kept = base.days.get(activity_table(base.config) or "")
    if kept is None or not parts_days(cutoff, base.config.project.timezone) or not _whole(base.config):
        return None
    return at_moment(kept, MOMENT, base.config.project.timezone).active()


def _whole(config: Config) -> bool:
    """Whether days lie on one side of the horizon, so that none of their rows need be told apart."""
    return steps_a_day(config.horizon) == 1 and float(config.horizon).is_integer()


def _totals(config: Config, days: ir.Table | None, tables: Mapping[str, ir.Table]) -> ir.Table:
    """One row of sums over everybody, of the tables before the ``moment``. days: see ``_by_days``."""
    horizon, fine, whole = config.horizon, steps_a_day(config.horizon), _whole(config)
    if days is not None:
        steps = days
    else:
        activity = past(tables, MOMENT, config.churn.activity, zone=config.project.timezone)["activity"]
        ago = activity.days_ago
        before = {} if whole else {"before": ago.min(where=ago > horizon)}
        # Grouping twice is faster than counting distinct steps.
        steps = activity.group_by("user_id", step=(ago * fine).ceil().cast("int64")).aggregate(
            last=ago.min(), first=ago.max(), **before
        )
    users = steps.group_by("user_id").aggregate(
        last=steps["last"].min(),
        before=steps["last"].min(where=steps.step > horizon) if whole else steps.before.min(),
        first=steps["first"].max(),
        span=steps.step.max() - steps.step.min(),
        gaps=steps.count() - 1,
    )
    eligible = users.before <= horizon + config.eligible
    return users.aggregate(
        users=users.count(),
        first=users["first"].max(),
        eligible=eligible.sum().fill_null(0),
        churned=(eligible & (users["last"] > horizon)).sum().fill_null(0),
        span=users.span.sum().fill_null(0).cast("int64"),
        gaps=users.gaps.sum().fill_null(0).cast("int64"),
    )


def season(cutoff: datetime) -> tuple[float, float]:
    """Where in the year a cutoff, by the project's clock, lies: as sine and cosine."""
    angle = 2 * math.pi * ((cutoff - datetime(2000, 1, 1)).total_seconds() / 86400) / GREGORIAN_YEAR
    return math.sin(angle), math.cos(angle)


def moved(population: Population, cutoff: datetime, zone: str = "UTC") -> Population:
    """The population moved to another cutoff: season and observed days follow, figures over users stay."""
    days, seen = days_between(population.cutoff, cutoff, zone), population.observed_days
    sine, cosine = season(wall(cutoff, zone))
    observed = None if seen is None else max(seen + days, 0.0)
    return replace(population, cutoff=cutoff, season_sin=sine, season_cos=cosine, observed_days=observed)


class Columns:
    """The population as a feature function sees it: ``population.gap_mean`` is a column."""

    def __getattr__(self, name: str) -> ibis.Deferred:
        if name not in SCHEMA.names:
            raise AttributeError(f"the population has no '{name}'; there are {', '.join(SCHEMA.names)}")
        return ibis._[f"population_{name}"]
