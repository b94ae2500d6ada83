"""A table's Parquet files read by executors of Spark, who judge and type the rows by the very SQL that runs here.

Each task has some of the files and a DuckDB of its own, so that what a row is worth does not depend on who reads it.
Good rows and bad ones are written into the store; what comes back is how many there are of each kind.
"""

import logging
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import duckdb
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from features import whole_files
from features.config import Config
from features.engine import spark, spark_session, spark_workers
from features.engine.duckdb_session import scratch
from features.engine.spark_tasks import each_task
from features.notations.exact import DIVIDE
from features.places.address import is_remote
from features.places.files import find, one_form

_log = logging.getLogger(__name__)
TASKS = 4  # for each that runs at once, so that slow ones do not hold up all
REASON = "reason"
USERS = "=users"  # about how many users rows are of


@dataclass(frozen=True)
class Judged:
    """What executors found: by reason, its rows and sums of columns of numbers. good: the
    rows to use. bad: files of those to set aside."""

    counted: list[dict[str, Any]]
    good: ir.Table
    bad: list[Path]

    def bad_rows(self, con: Backend) -> ir.Table | None:
        """The rows to set aside, as they came; None without any."""
        return con.read_parquet([str(file) for file in self.bad], union_by_name=True) if self.bad else None


@dataclass(frozen=True)
class Work:
    """What all tasks of a table have in common.

    files: of each task. view: what the SQL calls them. types: of their columns, of all files together. judged: every
    row with its reason. summed: the columns to add up. aside: the rows to set aside, as they came.
    """

    files: tuple[tuple[str, ...], ...]
    view: str
    types: Mapping[str, str]
    judged: str
    summed: tuple[str, ...]
    aside: str
    to: Path
    memory: str | None


def _can(config: Config, name: str) -> bool:
    """Whether executors may read the table: Parquet files of one form in a folder, on a cluster of several machines."""
    source = config.tables[name]
    if config.engine.kind != "spark" or source.format or source.uri or source.linked:
        return False
    if spark_session.here_alone(config):
        return False
    files = find(config, name)
    return not any(is_remote(file) or "=" in file for file in files) and one_form(config, name, files) == "Parquet"


def judged(
    con: Backend, config: Config, name: str, rows: ir.Table, summed: Sequence[str], aside: ir.Table
) -> Judged | None:
    """What executors of Spark make of the rows; None where this process has to read them.

    rows: every row as typed, with its reason. summed: columns of it to be added up, and not kept. aside: the rows to
    set aside. The good rows' count is told with USERS. Raises BadInput with the cause where an executor fails.
    """
    if name not in config.user_tables or not _can(config, name):
        return None
    if f'"raw_{name}_us"' in con.compile(rows):
        return None  # times that only a view of this session's own can read
    found = _judged(con, config, name, rows, summed, aside)
    if found is None:
        return None
    users = spark.answer(config, con, {"good_rows": found.good}, _users)[USERS][0].as_py()
    return replace(found, counted=[one | ({USERS: users} if one[REASON] is None else {}) for one in found.counted])


def _users(tables: Mapping[str, ir.Table]) -> ir.Table:
    rows = tables["good_rows"]
    return rows.aggregate(**{USERS: rows.user_id.approx_nunique()})


def _judged(
    con: Backend, config: Config, name: str, judged: ir.Table, summed: Sequence[str], aside: ir.Table
) -> Judged | None:
    files, view = find(config, name), f"raw_{name}"
    session = spark_session.own_session(config)
    tasks = min(len(files), TASKS * spark_workers.slots(session))
    raw = con.raw_sql(f'DESCRIBE "{view}"').fetchall()
    to = scratch(con)
    work = Work(
        tuple(tuple(files[task::tasks]) for task in range(tasks)),
        view,
        {column: kind for column, kind, *_ in raw},
        con.compile(judged),
        tuple(summed),
        con.compile(aside),
        to,
        config.engine.memory,
    )
    # Whether executors see the session's folder is asked once, of each table's anew it would take seconds.
    told = each_task(config, to.parent, [str(task) for task in range(tasks)], partial(read_files, work), session)
    for one in told:
        if "unseen" in one:
            _log.warning("%s: the worker on %s does not see it; it is read on this machine", one["unseen"], one["host"])
            return None
    counts: dict[str | None, Counter[str]] = {}
    for one in told:
        for reason, sums in one["counted"]:
            counts.setdefault(reason, Counter()).update(sums)
    good = [to / one["good"] for one in told]
    bad = [to / one["bad"] for one in told if one["bad"]]
    counted = [{REASON: reason, **{key: sums[key] for key in ("n", *summed)}} for reason, sums in counts.items()]
    return Judged(counted, spark.written(con, f"good_{name}", good), bad)


def read_files(work: Work, task: str) -> dict[str, Any]:
    """Read the files of a task, on an executor; what it wrote, and how many rows there are by reason."""
    files = work.files[int(task)]
    if unseen := [file for file in files if not Path(file).exists()]:
        return {"unseen": unseen[0], "host": socket.gethostname()}
    own = token_hex(4)  # of this attempt: another may be at the same task
    spill = work.to / f".{own}.spill"
    with duckdb.connect(config={"temp_directory": str(spill), "threads": 1}) as con:
        con.execute("SET TimeZone = 'UTC'")
        if work.memory:
            con.execute(f"SET memory_limit = '{work.memory}'")
        con.execute(DIVIDE)
        con.execute(_view(work.view, files, work.types))
        con.execute(f"CREATE TEMP TABLE judged AS {work.judged}")
        sums = "".join(f", sum({_quoted(one)})::BIGINT" for one in work.summed)
        rows = con.execute(f"SELECT {REASON}, count(*){sums} FROM judged GROUP BY {REASON}").fetchall()
        counted = [
            (reason, dict(zip(("n", *work.summed), (n or 0 for n in found), strict=True))) for reason, *found in rows
        ]
        drop = ", ".join(map(_quoted, (REASON, *work.summed)))
        good, bad = f"good-{task}-{own}.parquet", f"bad-{task}-{own}.parquet"
        _copy(con, f"SELECT * EXCLUDE ({drop}) FROM judged WHERE {REASON} IS NULL", work.to / good)
        _copy(con, work.aside, work.to / bad)
    there = pq.read_metadata(work.to / bad).num_rows
    return {"counted": counted, "good": good, "bad": bad if there else ""}


def _view(name: str, files: Sequence[str], types: Mapping[str, str]) -> str:
    """The view of some of the files, with the columns and types of all."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    empty = ", ".join(f"NULL::{kind} AS {_quoted(column)}" for column, kind in types.items())
    rows = f"FROM read_parquet([{listed}], union_by_name = true)"
    return f"CREATE TEMP VIEW {_quoted(name)} AS SELECT * FROM (SELECT {empty}) WHERE false UNION ALL BY NAME {rows}"


def _copy(con: duckdb.DuckDBPyConnection, sql: str, file: Path) -> None:
    def copy(part: Path) -> None:
        quoted = str(part).replace("'", "''")
        con.execute(f"COPY ({sql}) TO '{quoted}' (FORMAT parquet)").fetchall()

    whole_files.write(file, copy)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
