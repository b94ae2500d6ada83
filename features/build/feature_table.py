"""Builds the feature table: clean tables and a cutoff go in, one row per user comes out."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.build.aggregate import aggregates
from features.build.day_rows import at_moment
from features.build.past import past
from features.build.population import MOMENT, Columns, Population, measure, moment
from features.catalogue import families
from features.catalogue.feature import DERIVED, REGISTRY, Feature, FeatureColumn, ladder
from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.engine.duckdb_session import compile, put, read
from features.engine.spark import Query, answer, prepare, stand_ins
from features.errors import BadInput, did_you_mean
from features.tables.clean import CleanTables
from features.user_base import UserBase
from features.wall_clock import parts_days

FEW_USERS = 10_000  # up to this many, a plan is run as a small query

families.load()


@dataclass(frozen=True)
class Plan:
    """Compiled SQL for some columns over some tables; works for any cutoff, see ``run``.

    everybody: for all users known at the cutoff; otherwise for given users. spark: the query, where Spark runs it.
    midnights: of which zone the cutoffs must be; empty where any will do.
    """

    sql: str
    columns: tuple[str, ...]
    everybody: bool = False
    spark: Query | None = None
    midnights: str = ""


_PLANS: WeakKeyDictionary[Backend, dict[Hashable, Plan]] = WeakKeyDictionary()  # by session


def available(config: Config, tables: Mapping[str, ir.Table]) -> list[Feature]:
    """The features for which everything is there: table, needed columns, keys of the configuration, other features."""
    return [one for one in REGISTRY.values() if not _lacks(one, config, tables)]


def _lacks(one: Feature, config: Config, tables: Mapping[str, ir.Table], kind: str | None = None) -> list[str]:
    """The missing tables, columns and keys that a feature needs, or one that it is computed from."""
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
    """The value of a dotted key of the configuration; None where a part of it is missing."""
    value: Any = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def undated(one: Feature, config: Config, tables: Mapping[str, ir.Table]) -> list[str]:
    """The columns of ``users`` that a feature reads and of which only today's value is known.

    Without a ``time``, these columns say nothing about an earlier date, so no model and no replay may use them.
    """
    if "users" not in tables or "time" in tables["users"].columns:
        return []
    sure = ["signup_time", *config.tables["users"].fixed]
    read = [need.removeprefix("users.") for need in one.needs if need.startswith("users.")]
    if "birthday" in read and "timezone" in tables["users"].columns:
        read.append("timezone")  # where it is the birthday
    parts = [name for part in one.uses for name in undated(REGISTRY[part], config, tables)]
    return [name for name in read if name not in sure] + parts


def model_columns(config: Config, tables: Mapping[str, ir.Table]) -> list[FeatureColumn]:
    """Every column that models may use: the available features, windowed ones at each window of their ladder, and those
    with kinds of event also for every configured kind."""

    def columns(one: Feature, powers: tuple[int, ...] | None, kind: str | None = None) -> list[FeatureColumn]:
        spans: Sequence[float | None] = ladder(config.horizon, powers or ()) if one.spanned else [None]
        return [FeatureColumn(one, days, kind) for days in spans if powers]

    found = []
    for one in available(config, tables):
        if not undated(one, config, tables):
            found += columns(one, one.powers)
            if "events" in tables and "event" in tables["events"].columns:
                found += [column for kind in config.kinds for column in columns(one, one.kinds, kind)]
    return found


def plan(base: UserBase, columns: Sequence[FeatureColumn], everybody: bool = False, few: bool = False) -> Plan:
    """Compile the columns, and the features they are computed from, over the tables of this session.

    everybody: for all users known at the cutoff, found in the same scan; otherwise for the users given to ``run``.
    few: for a handful of users, where the width of intermediate results costs more than their rows.
    Compiling hundreds of columns takes half a second, so a session keeps its plans. Raises BadInput for a column whose
    table or key is not configured, since rules may name any feature.
    """
    of = tuple((name, table.op()) for name, table in base.tables.items())
    lengths = {} if few else rows_a_user(base)
    days = tuple((name, rows.table.op(), rows.rows_a_user) for name, rows in base.days.items())
    key = (base.config.hash(), base.config.engine, of, days, tuple(columns), everybody, few, *lengths.items())
    plans = _PLANS.setdefault(base.con, {})
    if key not in plans:
        plans[key] = _plan(base, columns, everybody, few, lengths)
    return plans[key]


def _plan(
    base: UserBase, columns: Sequence[FeatureColumn], everybody: bool, few: bool, lengths: Mapping[str, float]
) -> Plan:
    for column in columns:
        if missing := _lacks(column.feature, base.config, base.tables, column.kind):
            raise BadInput(
                f"{base.config.file.name}: feature '{column.name}' needs {missing[0]}, which is not there; add it"
            )
    asked = (
        None if everybody else ibis.table({"user_id": next(iter(base.tables.values())).user_id.type()}, name="asked")
    )
    on_spark = base.config.engine.kind == "spark"
    sources = stand_ins(base.tables) if on_spark else base.tables
    zone = base.config.project.timezone
    views = past(sources, MOMENT, base.config.churn.activity, asked, base.config.community.post, zone)
    levels = _resolve(columns, base.config.horizon)
    aggregated = [column for column in levels if column.feature.table]
    days = {name: at_moment(rows, MOMENT, zone, asked) for name, rows in base.days.items()}
    parts = aggregates(aggregated, views, base.config, lengths, days)
    table = asked
    if table is None and len(base.tables) == 1 and (alone := (*base.tables, "row")) in parts:
        table = parts.pop(alone)  # it has all users
    elif table is None:
        dated = {name: one.cross_join(MOMENT.select("cutoff")) for name, one in sources.items()}
        table = _everybody(dated, {of: part for of, part in parts.items() if of[0] != "users"})
    found = list(parts.values())
    if few:  # narrowest first: each join passes on all columns so far; for many rows this order takes longer
        found.sort(key=lambda part: len(part.columns))
    for number, part in enumerate(found):
        table = table.left_join(part, "user_id", rname=f"{{name}}_{number}")
    table = table.mutate(**{c.name: _filled(c, table[c.name]) for c in aggregated})
    derived = [column for column in levels if not column.feature.table]
    if any("population" in column.feature.takes for column in derived):
        of_everybody = {f"population_{name}": MOMENT[name] for name in MOMENT.columns if name != "cutoff"}
        table = table.cross_join(MOMENT.select(**of_everybody))
    while derived:
        ready = [c for c in derived if all(part.name in table.columns for part in _parts(c, base.config.horizon))]
        table = table.mutate(**{c.name: _filled(c, _derive(c, base.config.horizon)[0]) for c in ready})
        derived = [column for column in derived if column not in ready]
    names = [column.name for column in columns]
    table = table.select("user_id", *names)
    query = prepare(base.config, base.con, base.tables, table) if on_spark else None
    return Plan(query.sql if query else compile(base.con, table), tuple(names), everybody, query, zone if days else "")


def run(con: Backend, plan: Plan, population: Population, users: ir.Table | pa.Table | None = None) -> pa.Table:
    """The feature table at the population's cutoff: ``user_id`` and the plan's columns, one row per user, in no
    particular order.

    users (``user_id``): needed exactly if the plan is not for everybody. Each has a row, even without past activity.
    """
    assert plan.everybody == (users is None)
    assert not plan.midnights or parts_days(population.cutoff, plan.midnights)
    moment(con, population)
    if users is not None:
        put(con, "asked", users.select(["user_id"]))
    if plan.spark:
        return plan.spark.run(con)
    return read(con, plan.sql, few=isinstance(users, pa.Table) and users.num_rows <= FEW_USERS)


def build(
    base: UserBase,
    cutoff: datetime,
    columns: Sequence[FeatureColumn],
    users: ir.Table | pa.Table | None = None,
) -> pa.Table:
    """Plan and run in one call, for the given users, or all known at the cutoff."""
    population = measure(base, cutoff)
    return run(base.con, plan(base, columns, everybody=users is None), population, users)


def known(base: UserBase, cutoff: datetime) -> ir.Table:
    """Every user known at the cutoff (``user_id``): signed up before it, or with a row known before it in any table."""
    return known_in(base.tables, cutoff)


def known_in(tables: Mapping[str, ir.Table], cutoff: datetime) -> ir.Table:
    """``known`` of tables, or of stand-ins for them."""
    at = ibis.literal(cutoff, "timestamp(6)")
    return _everybody({name: table.mutate(cutoff=at) for name, table in tables.items()}, {})


def count_known(base: UserBase, cutoff: datetime) -> int:
    """How many users are known at the cutoff, counted by the engine."""

    def count(tables: Mapping[str, ir.Table]) -> ir.Table:
        everybody = known_in(tables, cutoff)
        return everybody.aggregate(users=everybody.count())

    return int(answer(base.config, base.con, base.tables, count)["users"][0].as_py())


def _everybody(tables: Mapping[str, ir.Table], parts: Mapping[tuple[str, str], ir.Table]) -> ir.Table:
    """``known`` for tables with a ``cutoff`` column. parts: aggregates by table; a table that is aggregated anyway gets
    its users from there."""
    found = []
    for name, table in tables.items():
        start = "signup_time" if name == "users" and "signup_time" in table.columns else "time"
        for time in (start, "known_at"):
            if time in table.columns:
                table = table.filter(table[time].isnull() | (table[time] < table.cutoff))
        found.append(parts.get((name, "row"), table).select("user_id"))
    users = ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct()
    if "users" in tables and "signup_time" in tables["users"].columns:
        later = tables["users"].filter(lambda row: row.signup_time >= row.cutoff)
        users = users.anti_join(later, "user_id")
    return users


def rows_a_user(base: UserBase) -> dict[str, float]:
    """How many rows a user has, in the mean, by table, of those whose users were counted when they were read."""
    given = base.tables.counts if isinstance(base.tables, CleanTables) else {}
    counts = {name: one for name, one in given.items() if one.users}
    found = {name: one.used / one.users for name, one in counts.items()}
    active = base.config.churn.activity
    if all(name in counts for name in active):  # and none of them is one kind of event
        found["activity"] = sum(counts[name].used for name in active) / max(counts[name].users for name in active)
    return found


def _resolve(columns: Iterable[FeatureColumn], horizon: float) -> list[FeatureColumn]:
    """The columns and all columns they are computed from, each once, sorted by name."""
    found: dict[str, FeatureColumn] = {}
    waiting = list(columns)
    while waiting:
        column = waiting.pop()
        if column.name not in found:
            found[column.name] = column
            waiting += _parts(column, horizon)
    return sorted(found.values(), key=lambda column: column.name)


def _parts(column: FeatureColumn, horizon: float) -> list[FeatureColumn]:
    return [] if column.feature.table else _derive(column, horizon)[1]


def _derive(column: FeatureColumn, horizon: float) -> tuple[Any, list[FeatureColumn]]:
    """The expression of a feature computed from other features, over columns by name, and these columns."""
    parts: list[FeatureColumn] = []

    def part(name: str, days: float | None = None, kind: str | None = None) -> ibis.Deferred:
        parts.append(FeatureColumn(REGISTRY[name], days, kind))
        return ibis._[parts[-1].name]

    given: dict[str, Any] = {"days": column.days, "kind": column.kind, "horizon": horizon, "population": Columns()}
    for name in column.feature.uses:
        given[name] = partial(part, name) if REGISTRY[name].spanned else part(name)
    return column.feature.function(**{name: given[name] for name in column.feature.takes}), parts


def _filled(column: FeatureColumn, value: Any) -> Any:
    value = value.cast(column.feature.dtype)
    return value if column.feature.empty is None else value.fill_null(column.feature.empty)
