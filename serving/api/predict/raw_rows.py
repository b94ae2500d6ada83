"""Features of rows that a request brings: the rules and functions of whole tables, compiled and prepared once.

Each worker thread has a DuckDB connection of its own, and a request's rows live in one transaction there, which is
rolled back whatever happens: nothing of them outlives the answer.
"""

import queue
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.build import plan
from features.build.population import MOMENT as MOMENT_TABLE
from features.build.population import SCHEMA, Population
from features.catalogue.feature import parse
from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.config.stage_rules import WEEKS
from features.engine.duckdb_session import compile
from features.tables.clean import CleanTables
from features.tables.order_lines import merge_lines
from features.tables.row_checks import faults, since, typed, which_fault
from features.user_base import UserBase
from features.wall_clock import changes, later, offset
from serving.api.guard.deadline import stoppable

# DuckDB's warning names another way, which is slower for a prepared statement with one row.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result makes an extra copy")
Rows = Mapping[
    str, Sequence[Mapping[str, Any]]
]  # by table: columns of the contract but user_id; times and dates as text
KINDS = {"money": "float64", "number": "float64", "integer": "int64", "flag": "bool"}  # the others come as text
_TYPED = "typed_"  # before the name of a column: what its contract makes of it
ASKED = pa.schema([("user_id", pa.int64())])
EARLIER_CUTOFFS = pa.schema([("week", pa.int64()), ("earlier", pa.timestamp("us"))])
GIVEN = {"moment": SCHEMA, "asked": ASKED, "weeks": EARLIER_CUTOFFS}
MOMENT = f"INSERT INTO moment VALUES ({', '.join('?' * len(SCHEMA))})"
FaultWords = Mapping[str, Sequence[tuple[str, str]]]  # by table: the code and the words of each fault, by its place
EARLIER = f"INSERT INTO weeks VALUES {', '.join(['(?, ?)'] * WEEKS)}"


@dataclass(frozen=True)
class Bad:
    """A row that was set aside. user, row: places from 0, in the request and in the user's list. reason: in words."""

    user: int
    table: str
    row: int
    code: str
    reason: str


@dataclass(frozen=True)
class Known:
    """What is known from raw rows. features: ``user_id`` (the place among the users) and the named ones, one row per
    user in that order. weeks: ``looks`` of the weeks before, WEEKS rows per user, the latest week first; None without
    any. bad: the rows that were set aside."""

    features: pa.Table
    weeks: pa.Table | None
    bad: list[Bad]


class Raw:
    """The named features of raw rows, for the tables of a configuration. Threads may share it.

    looks: features that are worked out for the weeks before as well; none that depends on a date or on everybody.
    """

    def __init__(self, config: Config, names: Sequence[str], threads: int, looks: Sequence[str] = ()):
        self._config, self._looks, self._zone = config, bool(looks), config.project.timezone
        self._idle: queue.SimpleQueue[duckdb.DuckDBPyConnection] = queue.SimpleQueue()
        statements, self._faults = _statements(config, names, looks)
        tables = {f"raw_{name}": _schema(name) for name in config.user_tables} | GIVEN
        for _ in range(threads):
            self._idle.put(_opened(tables, statements))

    def known(self, users: Sequence[Rows], population: Population) -> Known:
        """Features and stage inputs of each user at the population's cutoff.

        Raises duckdb.InterruptException or guard.deadline.OutOfTime where the request's time is over.
        """
        con = self._idle.get()
        try:
            with stoppable(con.interrupt):
                con.begin()
                try:
                    return self._work(con, users, population)
                finally:
                    con.rollback()
        finally:
            self._idle.put(con)

    def _work(self, con: duckdb.DuckDBPyConnection, users: Sequence[Rows], population: Population) -> Known:
        for name in self._config.user_tables:
            if (rows := _raw(name, users)).num_rows:
                con.from_arrow(rows).insert_into(f"raw_{name}")
                con.execute(f"EXECUTE check_{name}")
        con.execute(MOMENT, astuple(population))
        con.execute(f"EXECUTE ask(0, {len(users)})")
        found = con.execute("EXECUTE bad").fetchall()
        bad = [Bad(user, table, row, *self._faults[table][fault]) for user, table, row, fault in found]
        features = con.execute("EXECUTE features").to_arrow_table()
        return Known(features, self._weeks(con, len(users), population.cutoff) if self._looks else None, bad)

    def _weeks(self, con: duckdb.DuckDBPyConnection, users: int, cutoff: datetime) -> pa.Table:
        """One query instead of WEEKS: each user once more per week, with rows moved later by as much.

        Features that measure time back from the cutoff cannot tell the difference.
        """
        con.execute(f"EXECUTE ask({users}, {users * WEEKS})")
        if changes(self._zone):
            weeks = [(week, later(cutoff, -7 * (week + 1), self._zone)) for week in range(WEEKS)]
            con.execute(EARLIER, [value for week in weeks for value in week])
        return con.execute("EXECUTE looks").to_arrow_table()


def _statements(config: Config, names: Sequence[str], looks: Sequence[str]) -> tuple[list[str], FaultWords]:
    """What a connection runs once: tables and prepared statements; and the words of the faults that they number."""
    backend = ibis.duckdb.connect()  # to compile with
    config = config.model_copy(update={"engine": config.engine.model_copy(update={"kind": "duckdb"})})
    found = ["PREPARE ask AS INSERT INTO asked FROM range($1::BIGINT, $2::BIGINT)"]
    good, bad, faults_of = {}, [], {}
    for name in config.user_tables:
        raw = ibis.table(ibis.Schema.from_pyarrow(_schema(name)), name=f"raw_{name}")
        values = {_TYPED + column: value for column, value in typed(config, name, raw, True).items()}
        # A CTE, or every use of a value would work it out again: there is no optimizer.
        both = raw.mutate(**values).alias(f"typed_{name}")
        kept = {column.removeprefix(_TYPED): both[column] for column in values}
        tests = faults(config, name, both, kept, ibis.now().cast("timestamp(6)"))
        faults_of[name] = [(one.code, one.words) for one in tests]
        parsed = both.select("row", **kept, fault=which_fault(tests))
        sql = compile(backend, parsed)
        found.append(f"CREATE TABLE parsed_{name} AS FROM ({sql}) LIMIT 0")
        found.append(f"PREPARE check_{name} AS INSERT INTO parsed_{name} {sql}")
        kept = ibis.table(parsed.schema(), name=f"parsed_{name}")
        rows = kept.filter(kept.fault.isnull()).drop("fault", "row")
        counts = since(config, name, rows.time if "time" in rows.columns else None)
        rows = rows if counts is None else rows.filter(counts)
        good[name] = merge_lines(rows) if name == "orders" else rows
        set_aside = kept.filter(kept.fault.notnull())
        bad.append(set_aside.select("user_id", table=ibis.literal(name), row=kept["row"], fault=kept.fault))
    every = ibis.union(*bad) if len(bad) > 1 else bad[0]
    found.append(f"PREPARE bad AS {compile(backend, every.order_by('user_id', 'table', 'row'))}")
    compiled = plan(UserBase(config, backend, CleanTables(good)), [parse(name) for name in names], few=True)
    found.append(f'PREPARE features AS FROM ({compiled.sql}) ORDER BY "user_id"')
    if looks:
        shifted = {name: _later(rows, config.project.timezone) for name, rows in good.items()}
        config = config.model_copy(update={"project": config.project.model_copy(update={"timezone": "UTC"})})
        compiled = plan(UserBase(config, backend, CleanTables(shifted)), [parse(name) for name in looks], few=True)
        found.append(f'PREPARE looks AS FROM ({compiled.sql}) ORDER BY "user_id"')
    return found, faults_of


def _later(rows: ir.Table, zone: str) -> ir.Table:
    """The rows once for each week, for a user of its own.

    Where the zone's clock changes, each row is moved so that as many days of 24 hours lie between it and the cutoff as
    calendar days lay between it and that week's cutoff.
    """
    times = [name for name, kind in rows.schema().items() if kind.is_timestamp()]
    if changes(zone):
        return _later_by_calendar(rows, times, zone)
    rows = rows.cross_join(ibis.range(WEEKS).unnest().name("week").as_table())
    moved = {name: rows[name] + ((rows.week + 1) * 7).as_interval("D") for name in times}
    return rows.mutate(user_id=rows.user_id * WEEKS + rows.week, **moved).drop("week")


def _later_by_calendar(rows: ir.Table, times: Sequence[str], zone: str) -> ir.Table:
    weeks = ibis.table(ibis.Schema.from_pyarrow(EARLIER_CUTOFFS), name="weeks")
    weeks = weeks.mutate(ahead=offset(weeks.earlier, zone)).cross_join(MOMENT_TABLE.select("cutoff"))
    rows = rows.cross_join(weeks)

    def moved(at: ir.Value) -> ir.Value:
        past = rows.earlier.delta(at, unit="microsecond")  # type: ignore[union-attr]
        days = ibis.greatest(past + rows.ahead - offset(at, zone), 1)
        return rows.cutoff - ibis.ifelse(rows.earlier > at, days, ibis.least(past, 0)).as_interval("us")  # type: ignore

    return rows.mutate(
        user_id=rows.user_id * WEEKS + rows.week,
        **{name: ibis.ifelse(rows[name].isnull(), None, moved(rows[name])) for name in times},
    ).drop("week", "earlier", "ahead", "cutoff")


def _opened(tables: Mapping[str, pa.Schema], statements: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A database in memory with its tables and prepared statements.

    Without the optimizer: on so few rows it takes longer than it saves, and it would plan for the tables as they are
    when a statement is prepared: empty. No temporary tables: DuckDB would plan statements on them anew each time.
    """
    con = duckdb.connect(":memory:")
    con.execute("SET threads = 1; SET TimeZone = 'UTC'; SET preserve_insertion_order = false; PRAGMA disable_optimizer")
    for name, schema in tables.items():
        con.register("_rows", schema.empty_table())
        con.execute(f"CREATE TABLE {name} AS FROM _rows")
        con.unregister("_rows")
    for statement in statements:
        con.execute(statement)
    con.execute("SET allowed_directories = []; SET enable_external_access = false; SET lock_configuration = true")
    return con


def _schema(name: str) -> pa.Schema:
    """A request's rows of a table in Arrow: ``user_id`` (the place among the users), ``row``, and the columns."""
    types = {"float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}
    columns = [column for column in CONTRACTS[name].columns if column.kind != "user"]
    given = [(column.name, types.get(KINDS.get(column.kind, ""), pa.string())) for column in columns]
    return pa.schema([("user_id", pa.int64()), ("row", pa.int64()), *given])


def _raw(name: str, users: Sequence[Rows]) -> pa.Table:
    schema = _schema(name)
    rows = [(user, place, row) for user, tables in enumerate(users) for place, row in enumerate(tables.get(name, ()))]
    columns: list[list[Any]] = [[user for user, _, _ in rows], [place for _, place, _ in rows]]
    columns += [[row.get(column) for _, _, row in rows] for column in schema.names[2:]]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )
