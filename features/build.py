"""Builds the feature table: clean tables and a cutoff go in, one row per user comes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features import families
from features.config import Config
from features.engine import read
from features.errors import BadInput, did_you_mean
from features.feature import REGISTRY, Column, Feature, ladder, steps_a_day
from features.past import past
from features.population import IBIS_SCHEMA, Columns, Population, measure, moment

families.load()


@dataclass(frozen=True)
class Plan:
    """Compiled SQL for some columns over some tables; runs for any cutoff and users, see ``run``."""

    sql: str
    columns: tuple[str, ...]


def available(config: Config, tables: Mapping[str, ir.Table]) -> list[Feature]:
    """The features whose table, needed columns and parts are there."""
    return [one for one in REGISTRY.values() if not _lacks(one, tables)]


def _lacks(one: Feature, tables: Mapping[str, ir.Table]) -> list[str]:
    """The tables and columns that a feature, or one it is made of, needs and that are not there."""
    missing = [f"tables.{one.table}"] if one.table not in (None, "activity", *tables) else []
    for need in one.needs:
        table, _, column = need.partition(".")
        if table not in tables or column not in tables[table].columns:
            missing.append(f"tables.{table}.columns.{column}")
    for name in one.uses:
        if name not in REGISTRY:
            raise TypeError(f"feature '{one.name}' takes '{name}', which is no feature; {did_you_mean(name, REGISTRY)}")
        missing += _lacks(REGISTRY[name], tables)
    return missing


def model_columns(config: Config, tables: Mapping[str, ir.Table]) -> list[Column]:
    """Every column that models may use: the available features, windowed ones at each window of their ladder."""
    return [
        column
        for one in available(config, tables)
        for column in (Column(one, days) for days in (ladder(config.horizon, one.powers) if one.spanned else [None]))
    ]


def plan(config: Config, con: Backend, tables: Mapping[str, ir.Table], columns: Sequence[Column]) -> Plan:
    """Compile the columns, and whatever they are made of, over the tables of this session.

    Raises BadInput for a column whose table or part is not configured: a rule may name any.
    """
    for column in columns:
        if missing := _lacks(column.feature, tables):
            raise BadInput(
                f"{config.file.name}: feature '{column.name}' needs {missing[0]}, which is not there; add it"
            )
    instant = ibis.table(IBIS_SCHEMA, name="moment")
    asked = ibis.table({"user_id": next(iter(tables.values())).user_id.type()}, name="asked")
    views = past(tables, instant, config.churn.activity, asked)
    levels = _resolve(columns, config.horizon)
    table = asked
    for source, per in dict.fromkeys((c.feature.table, c.feature.per) for c in levels if c.feature.table):
        group = [column for column in levels if (column.feature.table, column.feature.per) == (source, per)]
        table = table.left_join(_aggregate(group, views[source], per, config.horizon), "user_id").drop("user_id_right")
        table = table.mutate(**{c.name: _filled(c, table[c.name]) for c in group if c.feature.empty is not None})
    renamed = instant.select(**{f"population_{name}": instant[name] for name in instant.columns if name != "cutoff"})
    table = table.cross_join(renamed)
    derived = [column for column in levels if not column.feature.table]
    while derived:
        ready = [c for c in derived if all(part.name in table.columns for part in _parts(c, config.horizon))]
        table = table.mutate(**{c.name: _filled(c, _derive(c, config.horizon)[0]) for c in ready})
        derived = [column for column in derived if column not in ready]
    names = [column.name for column in columns]
    return Plan(str(ibis.to_sql(table.select("user_id", *names), dialect="duckdb")), tuple(names))


def run(con: Backend, plan: Plan, population: Population, users: ir.Table | pa.Table) -> pa.Table:
    """The feature table of the users at the population's cutoff: ``user_id`` and the plan's columns, one row per user,
    in no particular order. Users without a row before the cutoff are there too."""
    moment(con, population)
    con.create_table("asked", users.select(["user_id"]), temp=True, overwrite=True)
    return read(con, plan.sql)


def build(
    config: Config,
    con: Backend,
    tables: Mapping[str, ir.Table],
    cutoff: datetime,
    columns: Sequence[Column],
    users: ir.Table | pa.Table | None = None,
) -> pa.Table:
    """Plan and run at once, for all users known at the cutoff or those given."""
    population = measure(con, config, tables, cutoff)
    if users is None:
        users = known(con, config, tables, cutoff)
    return run(con, plan(config, con, tables, columns), population, users)


def known(con: Backend, config: Config, tables: Mapping[str, ir.Table], cutoff: datetime) -> ir.Table:
    """Every user known at the cutoff (``user_id``): signed up, or with a row in any table that was known before it."""
    at = ibis.literal(cutoff, "timestamp(6)")
    found = []
    for name, table in tables.items():
        start = "signup_time" if name == "users" and "signup_time" in table.columns else "time"
        for time in (start, "known_at"):
            if time in table.columns:
                table = table.filter(table[time].isnull() | (table[time] < at))
        found.append(table.select("user_id"))
    users = ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct()
    if "users" in tables and "signup_time" in tables["users"].columns:
        later = tables["users"].filter(tables["users"].signup_time >= at)
        users = users.anti_join(later, "user_id")
    return users


def _resolve(columns: Iterable[Column], horizon: float) -> list[Column]:
    """The columns and everything they are made of, each once."""
    found: dict[str, Column] = {}
    waiting = list(columns)
    while waiting:
        column = waiting.pop()
        if column.name not in found:
            found[column.name] = column
            waiting += _parts(column, horizon)
    return sorted(found.values(), key=lambda column: column.name)


def _parts(column: Column, horizon: float) -> list[Column]:
    return [] if column.feature.table else _derive(column, horizon)[1]


def _derive(column: Column, horizon: float) -> tuple[Any, list[Column]]:
    """The expression of a feature of features, over columns by name, and which columns those are."""
    parts: list[Column] = []

    def part(name: str, days: float | None = None) -> ibis.Deferred:
        parts.append(Column(REGISTRY[name], days))
        return ibis._[parts[-1].name]

    given: dict[str, Any] = {"days": column.days, "horizon": horizon, "population": Columns()}
    for name in column.feature.uses:
        given[name] = (lambda days, name=name: part(name, days)) if REGISTRY[name].spanned else part(name)
    return column.feature.function(**{name: given[name] for name in column.feature.takes}), parts


def _aggregate(columns: list[Column], view: ir.Table, per: str, horizon: float) -> ir.Table:
    """One group-by over one scan for all the columns of a table."""
    ago = "days_ago"
    if per == "gap":
        view, ago = _gaps(view, steps_a_day(horizon)), "ended"
    spans = sorted({(kind, c.days or 0.0) for c in columns for kind in ("inside", "weight") if kind in c.feature.takes})
    view = view.mutate(**{_span(kind, days): _span_value(view[ago], kind, days) for kind, days in spans})
    found = {}
    for column in columns:
        takes = column.feature.takes
        given: dict[str, Any] = {"days": column.days, "horizon": horizon, takes[0]: view}
        given |= {kind: view[_span(kind, column.days or 0.0)] for kind in ("inside", "weight") if kind in takes}
        found[column.name] = column.feature.function(**{name: given[name] for name in takes}).cast(column.feature.dtype)
    return view.group_by("user_id").aggregate(**found)


def _span(kind: str, days: float) -> str:
    return f"{kind}_{days}"


def _span_value(ago: ir.Value, kind: str, days: float) -> ir.Value:
    return ago <= days if kind == "inside" else weight(ago, days)


def weight(ago: ir.Value, half_life: float) -> ir.Value:
    """2^(-ago / half-life) in units of 2^-32, a whole number, so that sums are the same in any order."""
    return (ibis.literal(2.0).pow(32 - ago / half_life)).round().cast("int64")  # type: ignore[operator]


def _gaps(view: ir.Table, fine: int) -> ir.Table:
    """One row per active step of a user, ``fine`` of them a day, with the gap to the active step before it.

    Days times a whole number are exact at whole hours; days divided by a 24th are not.
    """
    steps = view.select("user_id", at=(view.days_ago * fine).ceil().cast("int64")).distinct()
    user = ibis.window(group_by="user_id", order_by="at")
    return steps.select(
        "user_id",
        ended=steps["at"] / fine,
        days=(steps["at"].lead().over(user) - steps["at"]) / fine,
        silence=steps["at"].min().over(ibis.window(group_by="user_id")) / fine,
    )


def _filled(column: Column, value: Any) -> Any:
    value = value.cast(column.feature.dtype)
    return value if column.feature.empty is None else value.fill_null(column.feature.empty)
