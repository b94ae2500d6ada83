"""Sees to it that what a table's days come to is kept, and opens it: only days that are new or changed are worked out.

A day's file is named by all that its rows depend on: the content of the source files with rows of that day, the
configuration and the program. So a late row, a correction or an erasure changes the names of its days alone.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

import features
from features.build.aggregate import activity_table, flags_of_days, parts_of_days
from features.build.day_rows import kept_part
from features.build.feature_table import available, rows_a_user
from features.build.past import past
from features.build.population import MOMENT
from features.catalogue.feature import FeatureColumn, ladder
from features.engine.duckdb_session import compile
from features.partials.shelf import ON, WALL, DayRows, Kept
from features.partials.source_files import reason_against, source_files
from features.partials.warm import warm
from features.user_base import UserBase
from features.wall_clock import day_of, on_the_wall, parts_days, wall

_log = logging.getLogger(__name__)
LEAST = 50  # rows a user, fewer than which are read as fast as what their days come to
ROOMS = ("build", "catalogue", "engine", "notations", "partials", "tables", "wall_clock.py")  # of features: what tells
FIRST = datetime(1970, 1, 1)
AT_ONCE = 2_000_000  # rows of users and days that are worked out in one go, about


def with_days(base: UserBase, cutoffs: Iterable[datetime]) -> UserBase:
    """The base with what is kept by user and day, for builds at these cutoffs; the same base where [store] partials is
    off, or a cutoff is no midnight: then a line says so."""
    config, at = base.config, list(cutoffs)
    if not config.store.partials or not at or config.engine.kind == "spark":
        return base
    zone = config.project.timezone
    if odd := [one for one in at if not parts_days(one, zone)]:
        shown = f"{wall(odd[0], zone):%Y-%m-%d %H:%M}"
        _log.warning("store.partials: not used: %s is no midnight in %s (project.timezone)", shown, zone)
        return base
    if max(at) > base.tables.now:
        return base
    last = (wall(max(at), zone) - FIRST).days
    found = {name: rows for name in base.tables if (rows := _of_table(base, name, last)) is not None}
    return replace(base, days=found)


def _of_table(base: UserBase, name: str, last: int) -> DayRows | None:
    config, table = base.config, base.tables[name]
    lengths = rows_a_user(base)
    if name == "users" or "time" not in table.columns or lengths.get(name, 0.0) < LEAST:
        return None
    given = [file for of, file in base.tables.stamps if of == name]
    why = "known_at may come after the day" if "known_at" in table.columns else reason_against(config, name, given)
    sources = None if why else source_files(base.con, config, name, given, code())
    if sources is None:
        _log.warning("store.partials: tables.%s: not used: %s", name, why or "its times are no column of the files")
        return None
    columns = _columns(base, name)
    same = {one: dtype for one, dtype in table.schema().items() if not (dtype.is_timestamp() or dtype.is_date())}
    view = past(base.tables, MOMENT, config.churn.activity, None, config.community.post, config.project.timezone)[name]
    flagged = flags_of_days(table, columns, config)
    parts = parts_of_days(columns, view, config, {**same, **dict.fromkeys(flagged.columns[len(table.columns) :])})
    of = repr((code(), _settings(base, name), str(table.schema()), _raw(base, name), sorted(parts)))
    keys = {day: _hash(of, day, files) for day, files in sources.of_day.items() if day < last}
    if not keys:
        return None
    rows = flagged.mutate(**{WALL: on_the_wall(table.time, config.project.timezone)})
    files = _warm(base, name, rows.mutate(**{ON: day_of(rows[WALL])}), parts, keys)
    listed = ", ".join("'" + str(one.file).replace("'", "''") + "'" for one in files)
    base.con.con.execute(f'CREATE OR REPLACE TEMP VIEW "days_{name}" AS FROM read_parquet([{listed}])')
    # As Ibis believes the types to be where rows are told directly: it would cast, and round, what it believes others.
    of_parts = {one: "int64" if one.startswith("ago_") else node.dtype for one, node in parts.items()}
    kept = ibis.table({"user_id": table.user_id.type(), ON: "int32", **of_parts}, name=f"days_{name}")
    count = sum(pq.read_metadata(one.file).num_rows for one in files)
    return DayRows(kept, count / max(1, base.tables.counts[name].users))


def _columns(base: UserBase, name: str) -> list[FeatureColumn]:
    """Columns of every feature of the table, of each kind of event that is configured; which window does not matter."""
    config, days = base.config, ladder(base.config.horizon)[0]
    home = {name, "activity"} if activity_table(config) == name else {name}
    found = []
    for one in available(config, base.tables):
        if one.table in home:
            kinds = [None, *(config.kinds if one.kinds is not None and "event" in base.tables[name].columns else [])]
            span = days if one.spanned else None
            found += [FeatureColumn(one, span, kind) for kind in kinds]
    return found


def _warm(
    base: UserBase, name: str, rows: ir.Table, parts: Mapping[str, ops.Reduction], keys: Mapping[int, str]
) -> list[Kept]:
    """The files of all days."""

    def work_out(days: Sequence[int]) -> pa.Table:
        chosen = rows.filter(_between(rows.time, min(days), max(days)) & rows[ON].isin(days)) if days else rows.limit(0)
        small = chosen.group_by(ON, "user_id").aggregate(**{one: kept_part(chosen, parts[one]) for one in parts})
        found = base.con.con.sql(compile(base.con, small)).to_arrow_table()
        base.still_as_read()  # or what is kept would be of other rows than its name says
        return found.sort_by(ON)

    at_once = max(1, AT_ONCE // max(1, base.tables.counts[name].users))
    return warm(base.config.store_path, name, keys, work_out, at_once).files


def _between(time: ir.Value, first: int, last: int) -> ir.Value:
    """Whether a time may be of these days, whatever the zone: what a file says of its times tells which are read."""
    begin, end = (FIRST + timedelta(days=day) for day in (first - 2, last + 3))
    return (time >= ibis.literal(begin, "timestamp(6)")) & (time < ibis.literal(end, "timestamp(6)"))  # type: ignore[no-any-return]


def _settings(base: UserBase, name: str) -> str:
    """What of the configuration bears on a day's rows, beside the columns that are asked for."""
    table = base.config.tables[name].model_dump(mode="json", exclude={"path"})
    return repr((table, base.config.project.timezone, base.config.churn.observed_from))


def _raw(base: UserBase, name: str) -> str:
    """The types of the columns as all files together have them: one file may change how others are read."""
    return str(base.con.table(f"raw_{name}").schema())


@lru_cache
def code() -> str:
    """A hash of the program, as far as it tells what a day comes to."""
    room = Path(features.__file__).parent
    files = [file for one in ROOMS for file in sorted((room / one).rglob("*.py") if "." not in one else [room / one])]
    told = [version(one) for one in ("duckdb", "ibis-framework", "pyarrow", "sqlglot")]
    return hashlib.sha256(repr(told).encode() + b"".join(file.read_bytes() for file in files)).hexdigest()


def _hash(of: str, day: int, files: Sequence[str]) -> str:
    return hashlib.sha256(repr((of, day, files)).encode()).hexdigest()[:24]
