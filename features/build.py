"""Builds the feature table: clean tables and a cutoff go in, one row per user comes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features import families
from features.config import Config
from features.engine import read
from features.errors import BadInput, did_you_mean
from features.feature import DERIVED, REGISTRY, Column, Feature, ladder, steps_a_day
from features.past import past
from features.population import IBIS_SCHEMA, Columns, Population, measure, moment
from features.tables import CONTRACTS

families.load()


@dataclass(frozen=True)
class Plan:
    """Compiled SQL for some columns over some tables; runs for any cutoff and users, see ``run``."""

    sql: str
    columns: tuple[str, ...]


def available(config: Config, tables: Mapping[str, ir.Table]) -> list[Feature]:
    """The features whose table, needed columns, keys of the configuration and parts are there."""
    return [one for one in REGISTRY.values() if not _lacks(one, config, tables)]


def _lacks(one: Feature, config: Config, tables: Mapping[str, ir.Table], kind: str | None = None) -> list[str]:
    """The tables, columns and keys that a feature, or one it is made of, needs and that are not there."""
    missing = [f"tables.{one.table}"] if one.table not in (None, *DERIVED, *tables) else []
    for need in (*one.needs, *(["events.event"] if kind or "kind" in one.takes else [])):
        table, _, column = need.partition(".")
        if table in CONTRACTS:
            if table not in tables or column not in tables[table].columns:
                missing.append(f"tables.{table}.columns.{column}")
        elif not _configured(config, need):
            missing.append(need)
    for name in one.uses:
        if name not in REGISTRY:
            raise TypeError(f"feature '{one.name}' takes '{name}', which is no feature; {did_you_mean(name, REGISTRY)}")
        missing += _lacks(REGISTRY[name], config, tables)
    return missing


def _configured(config: Config, key: str) -> Any:
    """The value of a dotted key of the configuration; None where a table of it is not there."""
    value: Any = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def undated(one: Feature, config: Config, tables: Mapping[str, ir.Table]) -> list[str]:
    """The columns of ``users`` that a feature reads and of which only today's value is known: without a ``time`` they
    say nothing of an earlier date, so no model and no replay may have them."""
    if "users" not in tables or "time" in tables["users"].columns:
        return []
    sure = ["signup_time", *config.tables["users"].fixed]
    read = [need.removeprefix("users.") for need in one.needs if need.startswith("users.")]
    parts = [name for part in one.uses for name in undated(REGISTRY[part], config, tables)]
    return [name for name in read if name not in sure] + parts


def model_columns(config: Config, tables: Mapping[str, ir.Table]) -> list[Column]:
    """Every column that models may use: the available features, windowed ones at each window of their ladder, and those
    told by kind of event once more for every kind of the configuration."""
    found = []
    for one in available(config, tables):
        if undated(one, config, tables):
            continue
        if "kind" not in one.takes:
            found += [Column(one, days) for days in (ladder(config.horizon, one.powers) if one.spanned else [None])]
        if one.kinds and "event" in tables["events"].columns:
            spans = ladder(config.horizon, one.kinds) if one.spanned else [None]
            found += [Column(one, days, kind) for kind in config.kinds for days in spans]
    return found


def plan(config: Config, con: Backend, tables: Mapping[str, ir.Table], columns: Sequence[Column]) -> Plan:
    """Compile the columns, and whatever they are made of, over the tables of this session.

    Raises BadInput for a column whose table or part is not configured: a rule may name any.
    """
    for column in columns:
        if missing := _lacks(column.feature, config, tables, column.kind):
            raise BadInput(
                f"{config.file.name}: feature '{column.name}' needs {missing[0]}, which is not there; add it"
            )
    instant = ibis.table(IBIS_SCHEMA, name="moment")
    asked = ibis.table({"user_id": next(iter(tables.values())).user_id.type()}, name="asked")
    views = past(tables, instant, config.churn.activity, asked, config.community.post)
    levels = _resolve(columns, config.horizon)
    table = asked
    for source, per in dict.fromkeys((c.feature.table, c.feature.per) for c in levels if c.feature.table):
        group = [column for column in levels if (column.feature.table, column.feature.per) == (source, per)]
        table = table.left_join(_aggregate(group, views[source], per, config), "user_id").drop("user_id_right")
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

    def part(name: str, days: float | None = None, kind: str | None = None) -> ibis.Deferred:
        parts.append(Column(REGISTRY[name], days, kind))
        return ibis._[parts[-1].name]

    given: dict[str, Any] = {"days": column.days, "kind": column.kind, "horizon": horizon, "population": Columns()}
    for name in column.feature.uses:
        given[name] = partial(part, name) if REGISTRY[name].spanned else part(name)
    return column.feature.function(**{name: given[name] for name in column.feature.takes}), parts


def _aggregate(columns: list[Column], view: ir.Table, per: str, config: Config) -> ir.Table:
    """One group-by over one scan for all the columns of a table."""
    ago = "days_ago"
    if per in ("gap", "run"):
        view, ago = _gaps(view, steps_a_day(config.horizon)), "ended"
    if per == "run":
        view = _runs(view, steps_a_day(config.horizon))
    flags: dict[str, Any] = {}  # what several columns ask of a row, worked out once
    for column in columns:
        for which in ("inside", "weight", "step", "post", "reply"):
            if which in column.feature.takes:
                bare = replace(column, kind=None)
                flags[_flag(which, bare)] = _flag_value(which, view, ago, column.days or 0.0, config)
        if column.kind is not None:
            flags[_flag("where", column)] = view.event == column.kind
    view = view.mutate(**flags)
    of_kind = {}
    for column in (column for column in columns if column.kind is not None):
        here = view[_flag("where", column)]
        for which, none in (("inside", False), ("weight", None)):
            if which in column.feature.takes:
                of_kind[_flag(which, column)] = ibis.ifelse(here, view[_flag(which, replace(column, kind=None))], none)
    view = view.mutate(**of_kind)
    found = {}
    for column in columns:
        takes = column.feature.takes
        given: dict[str, Any] = {"days": column.days, "horizon": config.horizon, takes[0]: view}
        given["where"] = None if column.kind is None else view[_flag("where", column)]
        given |= {which: view[_flag(which, column)] for which in takes if which in ("inside", "weight")}
        given |= {which: view[which] for which in takes if which in ("step", "post", "reply")}
        found[column.name] = column.feature.function(**{name: given[name] for name in takes}).cast(column.feature.dtype)
    return view.group_by("user_id").aggregate(**found)


def _flag(which: str, column: Column) -> str:
    """The name of a flag of rows: of a window, of a kind of event, or of both."""
    span = f"_{column.days or 0.0}" if which in ("inside", "weight") else ""
    return which + span + ("" if column.kind is None else f"__{column.kind}")


def _flag_value(which: str, view: ir.Table, ago: str, days: float, config: Config) -> ir.Value:
    if which == "inside":
        return view[ago] <= days
    if which == "weight":
        return weight(view[ago], days)
    if which == "step":
        steps = enumerate(config.funnel.steps, 1)
        return ibis.cases(*((view.event == kind, number) for number, kind in steps), else_=ibis.null("int64"))
    return view.event == getattr(config.community, which)


def weight(ago: ir.Value, half_life: float) -> ir.Value:
    """2^(-ago / half-life) in units of 2^-32, a whole number, so that sums are the same in any order."""
    return (ibis.literal(2.0).pow(32 - ago / half_life)).round().cast("int64")  # type: ignore[operator]


def _gaps(view: ir.Table, fine: int) -> ir.Table:
    """One row per active step of a user, ``fine`` of them a day, with the gap to the active step before it.

    Days times a whole number are exact at whole hours; days divided by a 24th are not.
    """
    steps = view.select("user_id", at=(view.days_ago * fine).ceil().cast("int64")).distinct()
    user = ibis.window(group_by=steps.user_id, order_by=steps["at"])
    return steps.select(
        "user_id",
        run=steps["at"] - ibis.row_number().over(user),  # the same for steps without a gap between them
        ended=steps["at"] / fine,
        days=(steps["at"].lead().over(user) - steps["at"]) / fine,
        hours=(steps["at"].lead().over(user) - steps["at"]) * (24 // fine),
        silence=steps["at"].min().over(ibis.window(group_by="user_id")) / fine,
    )


def _runs(gaps: ir.Table, fine: int) -> ir.Table:
    """One row per run of two or more active steps, one after the other."""
    close = gaps.filter(gaps.hours == 24 // fine)
    return close.group_by("user_id", "run").aggregate(steps=close.count() + 1)


def _filled(column: Column, value: Any) -> Any:
    value = value.cast(column.feature.dtype)
    return value if column.feature.empty is None else value.fill_null(column.feature.empty)
