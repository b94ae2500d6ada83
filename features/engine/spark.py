"""Runs the feature queries on Spark: the clean tables go there as Parquet, the feature table comes back as Parquet.

Everything else stays on DuckDB: cleaning the input, the population, the labels. The Parquet files lie in the session's
scratch folder, so the store must be at a path that Spark's executors can see too.
"""

import hashlib
import math
import os
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from features import whole_files
from features.config import Config
from features.engine.duckdb_session import AT_ZONE, threads
from features.errors import BadInput

SCHEMA = "schema.parquet"  # beside the split rows, for parts without any
GIVEN = ("moment", "asked")  # written again for every run
SUBMITTED = (
    "PYSPARK_GATEWAY_PORT",
    "PYSPARK_SUBMIT_ARGS",
    "SPARK_REMOTE",
)  # if one is set, the user has chosen the master
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # an overflow, say, is an error as on DuckDB, and not null
    "spark.sql.caseSensitive": "true",  # kinds of event 'View' and 'view' are two columns
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}


class _Compiler(PySparkCompiler):
    """Ibis's compiler, changed to give DuckDB's values where Spark's differ."""

    __slots__ = ()

    def visit_CountStar(self, op, *, arg, where):
        """Ibis makes it a sum, which is null over no rows."""
        return (
            super().visit_CountStar(op, arg=arg, where=None)
            if where is None
            else self.f.count(self.if_(where, 1, NULL))
        )

    def visit_NonNullLiteral(self, op, *, value, dtype):
        """In Spark the literal 0.1 is a decimal, and so is a sum divided by it."""
        if dtype.is_floating() and math.isfinite(value):
            return self.cast(repr(float(value)), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_ScalarUDF(self, op, **given):
        """DuckDB's ``timezone(zone, instant)``, what a clock in the zone shows."""
        if op.__func_name__ == AT_ZONE and op.dtype.timezone is None:
            return self.f.convert_timezone(sge.convert("UTC"), given["zone"], self.cast(given["at"], op.dtype))
        return super().visit_ScalarUDF(op, **given)

    def visit_Divide(self, op, *, left, right):
        """In Spark the quotient of decimals is a decimal with few places."""
        left = self.cast(left, ibis.dtype("float64")) if op.left.dtype.is_decimal() else left
        right = self.cast(right, ibis.dtype("float64")) if op.right.dtype.is_decimal() else right
        return super().visit_Divide(op, left=left, right=right)


@dataclass(frozen=True)
class Query:
    """A compiled query. session: where its tables are views. schema: of the result. given: which of GIVEN it reads."""

    sql: str
    session: Any
    schema: pa.Schema
    given: tuple[str, ...]

    def run(self, con: Backend) -> pa.Table:
        """The result for the GIVEN tables as DuckDB has them now.

        Raises BadInput with Spark's reason when it fails.
        """
        with self._given(con) as folder:
            with _reporting_errors():
                self.session.sql(self.sql).write.parquet(f"file://{folder}/found")
            return pq.read_table(folder / "found").select(self.schema.names).cast(self.schema)

    def write(self, con: Backend, to: Path, part: str, digits: int, whole: str) -> None:
        """Write the result of ``run`` into a folder, whole or not at all, for ``read_split``.

        Spark's executors write it, split by a column ``part`` with the first ``digits`` hex digits of md5(user_id as
        text), or the constant ``whole`` where digits is 0.

        Raises BadInput with Spark's reason when it fails.
        """
        beside = to.with_name(f".{to.name}.tmp")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        of = f"substring(md5(cast(user_id AS string)), 1, {digits})" if digits else f"'{whole}'"
        with self._given(con), _reporting_errors():
            rows = self.session.sql(f"SELECT *, {of} AS {part} FROM ({self.sql})")
            rows.repartition(part).write.partitionBy(part).parquet(f"file://{beside}/found")
        pq.write_metadata(self.schema, beside / SCHEMA)
        beside.rename(to)

    @contextmanager
    def _given(self, con: Backend) -> Iterator[Path]:
        """Give the GIVEN tables, as DuckDB has them now, to Spark; yields a folder that is removed afterwards."""
        folder = _scratch(con) / uuid.uuid4().hex  # a new name each time, because Spark caches files by name
        folder.mkdir()
        try:
            with _reporting_errors():
                for name in self.given:
                    _show(self.session, name, _write(con, f'FROM "{name}"', folder / f"{name}.parquet"))
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


def prepare(config: Config, con: Backend, tables: Mapping[str, ir.Table], table: ir.Table) -> Query:
    """Compile an expression over the stand-ins, and give the tables that it reads to Spark.

    Each is written once per session: tables are assumed not to change while a session is open.
    Raises BadInput when Spark is not installed, does not start or refuses the query.
    """
    session = start(config)
    with _reporting_errors():
        session = session.newSession()  # with its own settings and views, should others use Spark too
        for key, value in SETTINGS.items():
            session.conf.set(key, value)
        read = {found.name for found in table.op().find(ops.UnboundTable)}
        for name in sorted(read & set(tables)):
            sql = con.compile(tables[name])
            file = _scratch(con) / f"{name}-{hashlib.sha256(sql.encode()).hexdigest()[:16]}.parquet"
            _show(session, name, file if file.exists() else _write(con, sql, file))
    found = table.schema().to_pyarrow()
    schema = pa.schema([(one.name, one.type) for one in found])
    return Query(compile(table), session, schema, tuple(name for name in GIVEN if name in read))


def compile(table: ir.Table) -> str:
    """The Spark SQL of an expression; needs pyspark, see ``start``."""
    _ = ibis.pyspark  # registers options that the compiler reads
    return _Compiler().to_sqlglot(table).sql("spark")


def start(config: Config) -> Any:
    """The running Spark session, or else a new one: where the environment says (spark-submit, PYSPARK_SUBMIT_ARGS,
    SPARK_REMOTE, SPARK_MASTER), or else at ``engine.master``.

    Raises BadInput when pyspark or Java is missing or Spark does not start.
    """
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadInput("engine.kind: 'spark' needs pyspark; pip install 'holdfast[spark]'") from None
    if SparkContext._active_spark_context or any(name in os.environ for name in SUBMITTED):
        with _reporting_errors():
            return SparkSession.builder.appName("holdfast").getOrCreate()
    if not shutil.which("java", path=_java_path()):
        raise BadInput(
            "engine.kind: 'spark' needs Java 17 or 21; install it (openjdk-17-jre-headless) or set JAVA_HOME"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # otherwise workers may use another Python
    conf = SparkConf().setAppName("holdfast").setMaster(_master(config))
    for key, value in _beginning(config).items():
        conf.set(key, value)
    config.store_path.mkdir(parents=True, exist_ok=True)
    with (
        _reporting_errors(),
        (config.store_path / "spark.log").open("ab") as log,
    ):  # what Java would print into the terminal
        SparkContext(conf=conf, gateway=launch_gateway(conf, {"stdout": log, "stderr": log})).setLogLevel("ERROR")
        return SparkSession.builder.getOrCreate()


def _master(config: Config) -> str:
    return os.environ.get("SPARK_MASTER") or config.engine.master or f"local[{threads(config)}]"


def _beginning(config: Config) -> dict[str, str]:
    """Settings that only count before Spark starts."""
    found = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    found["spark.sql.codegen.cache.maxEntries"] = "1000"  # 200 features have more parts than the default 100
    if _master(config).startswith("local"):
        found["spark.sql.shuffle.partitions"] = str(threads(config))
        if config.engine.memory:
            found["spark.driver.memory"] = _memory(config.engine.memory)
    elif config.engine.memory:
        found["spark.executor.memory"] = _memory(config.engine.memory)
    return found


def _memory(text: str) -> str:
    """'1.5GB' as Spark writes it: 1536m."""
    number = float(text.rstrip("GMiB"))
    return f"{round(number * (1024 if 'G' in text else 1))}m"


def _java_path() -> str:
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin" if home else os.environ.get("PATH", "")


def _scratch(con: Backend) -> Path:
    """The folder of the session's scratch file, removed with the session; see ``duckdb_session.connect``."""
    return Path(con.con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]).parent


def _write(con: Backend, sql: str, file: Path) -> Path:
    def copy(part: Path) -> None:
        quoted = str(part).replace("'", "''")
        con.con.execute(f"COPY ({sql}) TO '{quoted}' (FORMAT parquet)").fetchall()  # or the connection stays busy

    whole_files.write(file, copy)
    return file


def _show(session: Any, name: str, file: Path) -> None:
    session.read.parquet(f"file://{file}").createOrReplaceTempView(name)


@contextmanager
def _reporting_errors() -> Iterator[None]:
    """Turn a failure of Spark into BadInput in one line, without Java's stack in the log."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger

    loggers = [PySparkLogger.getLogger(f"{kind}QueryContextLogger") for kind in ("SQL", "DataFrame")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel("CRITICAL")
        yield
    except (PySparkException, Py4JError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise BadInput(f"engine.kind: Spark failed: {lines[0] if lines else type(error).__name__}") from None
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
