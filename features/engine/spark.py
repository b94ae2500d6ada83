"""Runs queries on Spark: the clean tables go there as Parquet, and what is found comes back as Parquet.

The Parquet files lie in the store, in the session's scratch folder, so it must be at a path that Spark's executors can
see too; ``spark_workers`` sees to that. Cleaning the input stays on DuckDB, and training.
"""

import hashlib
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from features import whole_files
from features.config import Config
from features.engine import spark_workers
from features.engine.spark_compiler import compile
from features.engine.spark_failure import reporting_errors
from features.engine.spark_session import own_session
from features.errors import BadInput

SCHEMA = "schema.parquet"  # beside the split rows, for parts without any
GIVEN = ("moment", "asked")  # written again for every run
LOOKS, PAUSE = 10, 1.0  # how often, and after how many seconds, a folder is looked into for rows that Spark has written


# By connection, the sessions of Spark and the files that are views in each.
_SESSIONS: WeakKeyDictionary[Backend, list[tuple[Any, dict[str, tuple[Path, ...]]]]] = WeakKeyDictionary()
# By connection and the SQL of a table, the files that executors wrote of it.
_WRITTEN: WeakKeyDictionary[Backend, dict[str, tuple[Path, ...]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Query:
    """A compiled query. session: where its tables are views. schema: of the result. given: which of GIVEN it reads."""

    sql: str
    session: Any
    schema: pa.Schema
    given: tuple[str, ...]

    def run(self, con: Backend) -> pa.Table:
        """The result for the GIVEN tables as DuckDB has them now.

        Raises BadInput with Spark's reason when it fails, and where rows that an executor wrote do not arrive.
        """
        with self._given(con, {}) as folder:
            self._write(con, self.session.sql(self.sql), folder / "found")
            return pq.read_table(folder / "found").select(self.schema.names).cast(self.schema)

    def write(
        self, con: Backend, to: Path, part: str, digits: int, whole: str, shown: Mapping[str, Path] | None = None
    ) -> int:
        """Write the result of ``run`` into a folder, whole or not at all, for ``read_split``; its rows.

        Spark's executors write it, split by a column ``part`` with the first ``digits`` hex digits of md5(user_id as
        text), or the constant ``whole`` where digits is 0. shown: folders with what an earlier query wrote, to be taken
        for GIVEN tables, which then DuckDB does not have.

        Raises BadInput with Spark's reason when it fails, and where rows that an executor wrote do not arrive.
        """
        beside = to.with_name(f".{to.name}.tmp")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        of = f"substring(md5(cast(user_id AS string)), 1, {digits})" if digits else f"'{whole}'"
        with self._given(con, shown or {}):
            with reporting_errors():
                rows = self.session.sql(f"SELECT *, {of} AS {part} FROM ({self.sql})").repartition(part)
            written = self._write(con, rows, beside / "found", [part])
        pq.write_metadata(self.schema, beside / SCHEMA)
        beside.rename(to)
        return written

    def keep(self, con: Backend, folder: Path) -> list[Path]:
        """Have executors write the result into a new folder; its files, at least one."""
        with self._given(con, {}):
            with reporting_errors():
                rows = self.session.sql(self.sql)
            self._write(con, rows, folder)
        files = sorted(folder.glob("*.parquet"))
        if not files:
            pq.write_table(self.schema.empty_table(), folder / "none.parquet")
        return files or [folder / "none.parquet"]

    def told(self, con: Backend, asked: str, schema: pa.Schema) -> pa.Table:
        """What a query over the result gives, so that the result itself does not come here.

        asked: in Spark's SQL, with ``{}`` for the result. schema: of what it gives, few rows. Raises as ``run`` does.
        """
        return replace(self, sql=asked.replace("{}", f"({self.sql})"), schema=schema).run(con)

    def _write(self, con: Backend, rows: Any, folder: Path, by: Sequence[str] = ()) -> int:
        """Have executors write rows, and hold what they counted against what is in the folder; how many it is."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as spark_functions

        counted = Observation()
        with reporting_errors():
            rows = rows.observe(counted, spark_functions.count(spark_functions.lit(1)).alias("rows"))
            rows.write.parquet(f"file://{folder}", partitionBy=list(by) or None)
            told = counted.get["rows"]
        spark_workers.see(self.session, _scratch(con))  # those that came meanwhile
        for look in range(LOOKS):  # what another machine wrote may be seen here a little later
            there = sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet"))
            if there == told:
                return there
            time.sleep(PAUSE if look else 0)
        raise BadInput(
            f"{folder}: Spark's executors wrote {told:,} rows and {there:,} are there: one of them does not see the "
            "store; mount it at the same path on every machine, then do it again"
        )

    @contextmanager
    def _given(self, con: Backend, shown: Mapping[str, Path]) -> Iterator[Path]:
        """Give the GIVEN tables, as DuckDB has them now, to Spark; yields a folder that is removed afterwards."""
        folder = _scratch(con) / uuid.uuid4().hex  # a new name each time, because Spark caches files by name
        folder.mkdir()
        try:
            with reporting_errors():
                spark_workers.see(self.session, _scratch(con))
                for name in self.given:
                    if name in shown:
                        _show(self.session, name, [shown[name] / "found"])
                    else:
                        _show(self.session, name, [_copy(con, f'FROM "{name}"', folder / f"{name}.parquet")])
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def read_split(folder: Path, part: str) -> pa.Table:
    """The rows of a part (``column=value``) written by ``Query.write``; an empty table where it has none."""
    schema = pq.read_schema(folder / SCHEMA)
    files = sorted((folder / "found" / part).glob("*.parquet"))
    tables = [pq.ParquetFile(file).read().select(schema.names).cast(schema) for file in files]
    return pa.concat_tables(tables) if tables else schema.empty_table()


def stand_ins(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Unbound tables with the same names and columns, to build expressions over."""
    return {name: ibis.table(table.schema(), name=name) for name, table in tables.items()}


def prepare(
    config: Config,
    con: Backend,
    tables: Mapping[str, ir.Table],
    table: ir.Table,
    files: Mapping[str, Sequence[Path]] | None = None,
) -> Query:
    """Compile an expression over the stand-ins, and give the tables that it reads to Spark.

    Each is written once per session: tables are assumed not to change while a session is open. files: those of tables
    that are Parquet files in the store, which Spark reads where they lie. Raises BadInput when Spark is not installed,
    does not start or refuses the query.
    """
    if con not in _SESSIONS:  # where Spark does not start, nothing is copied first
        _open(config, con)
    there = {name: tuple(found) for name, found in (files or {}).items()}
    with reporting_errors():
        read = {found.name for found in table.op().find(ops.UnboundTable)}
        wanted = {}
        for name in sorted(read & set(tables)):
            if name in there:
                wanted[name] = there[name]
                continue
            sql = con.compile(tables[name])
            if written := _WRITTEN.get(con, {}).get(sql):
                wanted[name] = written
                continue
            file = _scratch(con) / f"{name}-{hashlib.sha256(sql.encode()).hexdigest()[:16]}.parquet"
            wanted[name] = (file if file.exists() else _copy(con, sql, file),)
        session = _session(config, con, wanted, there)
    found = table.schema().to_pyarrow()
    schema = pa.schema([(one.name, one.type) for one in found])
    return Query(compile(table), session, schema, tuple(name for name in GIVEN if name in read))


def written(con: Backend, name: str, files: Sequence[Path], schema: ibis.Schema | None = None) -> ir.Table:
    """What executors wrote into the store as a table of the connection, which Spark reads where it lies."""
    table = con.read_parquet([str(file) for file in files], table_name=name)
    if schema and table.schema() != schema:
        table = table.cast(schema)
    _WRITTEN.setdefault(con, {})[con.compile(table)] = tuple(files)
    return table


def kept(
    config: Config,
    con: Backend,
    name: str,
    tables: Mapping[str, ir.Table],
    build: Callable[[Mapping[str, ir.Table]], ir.Table],
) -> ir.Table:
    """What is built over the tables, written by executors into the scratch folder, as a table of that name."""
    table = build(stand_ins(tables))
    files = prepare(config, con, tables, table).keep(con, _scratch(con) / f"{name}-{uuid.uuid4().hex}")
    return written(con, name, files, table.schema())


def answer(
    config: Config,
    con: Backend,
    tables: Mapping[str, ir.Table],
    build: Callable[[Mapping[str, ir.Table]], ir.Table],
    files: Mapping[str, Sequence[Path]] | None = None,
) -> pa.Table:
    """The rows of what is built over the tables, worked out by the engine that is configured: few rows, as they come
    into this process."""
    if config.engine.kind != "spark":
        return con.to_pyarrow(build(tables))
    return prepare(config, con, tables, build(stand_ins(tables)), files).run(con)


def _session(config: Config, con: Backend, wanted: Mapping[str, tuple[Path, ...]], anew: Collection[str]) -> Any:
    """A session in which these files are views: one that is open has most of them already, and for each that it lacks
    Spark looks into a file. anew: those that may have other rows than when they were shown."""
    fit = (one for one in _SESSIONS[con] if all(one[1].get(name, files) == files for name, files in wanted.items()))
    session, views = next(fit, None) or _open(config, con)
    for name, files in wanted.items():
        if name not in views or name in anew:
            _show(session, name, files)
            views[name] = files
    return session


def _open(config: Config, con: Backend) -> tuple[Any, dict[str, tuple[Path, ...]]]:
    found: tuple[Any, dict[str, tuple[Path, ...]]] = (own_session(config), {})
    _SESSIONS.setdefault(con, []).append(found)
    return found


def _scratch(con: Backend) -> Path:
    """The folder of the session's scratch file, removed with the session; see ``duckdb_session.connect``."""
    return Path(con.con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]).parent


def _copy(con: Backend, sql: str, file: Path) -> Path:
    def copy(part: Path) -> None:
        quoted = str(part).replace("'", "''")
        con.con.execute(f"COPY ({sql}) TO '{quoted}' (FORMAT parquet)").fetchall()  # or the connection stays busy

    whole_files.write(file, copy)
    return file


def _show(session: Any, name: str, files: Sequence[Path]) -> None:
    session.read.parquet(*(f"file://{file}" for file in files)).createOrReplaceTempView(name)
