"""Figures over all users, once per cutoff, so that a user's features do not depend on who else is looked up."""

import math
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.build.past import past
from features.catalogue.feature import steps_a_day
from features.engine.duckdb_session import put
from features.user_base import UserBase
from features.wall_clock import days_between, wall

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
    activity = past(base.tables, moment(base.con, bare), base.config.churn.activity, zone=zone)["activity"]
    ago, horizon, fine = activity.days_ago, base.config.horizon, steps_a_day(base.config.horizon)
    # Grouping twice is faster than counting distinct steps.
    steps = activity.group_by("user_id", step=(ago * fine).ceil().cast("int64")).aggregate(
        last=ago.min(), before=ago.min(where=ago > horizon), first=ago.max()
    )
    users = steps.group_by("user_id").aggregate(
        last=steps["last"].min(),
        before=steps.before.min(),
        first=steps["first"].max(),
        span=steps.step.max() - steps.step.min(),
        gaps=steps.count() - 1,
    )
    eligible = users.before <= horizon + base.config.eligible
    totals = users.aggregate(
        users=users.count(),
        first=users["first"].max(),
        eligible=eligible.sum().fill_null(0),
        churned=(eligible & (users["last"] > horizon)).sum().fill_null(0),
        span=users.span.sum().fill_null(0).cast("int64"),
        gaps=users.gaps.sum().fill_null(0).cast("int64"),
    )
    found = base.con.to_pyarrow(totals).to_pylist()[0]
    return Population(
        cutoff,
        found["users"],
        found["churned"] / found["eligible"] if found["eligible"] else None,
        found["span"] / fine / found["gaps"] if found["gaps"] else None,
        bare.season_sin,
        bare.season_cos,
        found["first"],
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
