"""Runs the feature queries on Spark: the clean tables go there as Parquet, the feature table comes back as Parquet.

All else stays on DuckDB: cleaning the input, the population, the labels. The Parquet files lie in the connection's
scratch folder, so the store has to be at a path that Spark's executors see too.
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

from features.config import Config
from features.engine.duckdb_session import AT_ZONE, threads
from features.errors import BadInput

SCHEMA = "schema.parquet"  # beside what is split, for parts without rows
GIVEN = ("moment", "asked")  # written anew for every run
SUBMITTED = ("PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS", "SPARK_REMOTE")  # whoever set these chose the master
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # what DuckDB refuses, such as too large a number, is refused and not made null
    "spark.sql.caseSensitive": "true",  # kinds of event 'View' and 'view' are two columns
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}


class _Compiler(PySparkCompiler):
    """Ibis's, with DuckDB's values where the two differ."""

    __slots__ = ()

    def visit_CountStar(self, op, *, arg, where):
        """Ibis adds up, and a sum over nothing is null."""
        return (
            super().visit_CountStar(op, arg=arg, where=None)
            if where is None
            else self.f.count(self.if_(where, 1, NULL))
        )

    def visit_NonNullLiteral(self, op, *, value, dtype):
        """0.1 is a decimal in Spark, and a sum divided by it one too."""
        if dtype.is_floating() and math.isfinite(value):
            return self.cast(repr(float(value)), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_ScalarUDF(self, op, **given):
        """DuckDB's ``timezone(zone, instant)``, what a clock in the zone shows."""
        if op.__func_name__ == AT_ZONE and op.dtype.timezone is None:
            return self.f.convert_timezone(sge.convert("UTC"), given["zone"], self.cast(given["at"], op.dtype))
        return super().visit_ScalarUDF(op, **given)

    def visit_Divide(self, op, *, left, right):
        """Spark keeps the quotient of decimals decimal, with a few places."""
        left = self.cast(left, ibis.dtype("float64")) if op.left.dtype.is_decimal() else left
        right = self.cast(right, ibis.dtype("float64")) if op.right.dtype.is_decimal() else right
        return super().visit_Divide(op, left=left, right=right)


@dataclass(frozen=True)
class Query:
    """A compiled query, the Spark session in which its tables are views, the schema of its result, and which of the
    tables ``moment`` and ``asked`` it reads."""

    sql: str
    session: Any
    schema: pa.Schema
    given: tuple[str, ...]

    def run(self, con: Backend) -> pa.Table:
        """The result for the given tables as they stand in DuckDB now.

        Raises BadInput with Spark's reason when it fails.
        """
        with self._given(con) as folder:
            with _told():
                self.session.sql(self.sql).write.parquet(f"file://{folder}/found")
            return pq.read_table(folder / "found").select(self.schema.names).cast(self.schema)

    def write(self, con: Backend, to: Path, part: str, digits: int, whole: str) -> None:
        """The same result into a folder, whole or not at all, for ``read_split``: written by Spark's executors, split
        by a column ``part`` that holds the first hex digits of md5(user_id as text), or ``whole`` without digits.

        Raises BadInput with Spark's reason when it fails.
        """
        beside = to.with_name(f".{to.name}.tmp")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        of = f"substring(md5(cast(user_id AS string)), 1, {digits})" if digits else f"'{whole}'"
        with self._given(con), _told():
            rows = self.session.sql(f"SELECT *, {of} AS {part} FROM ({self.sql})")
            rows.repartition(part).write.partitionBy(part).parquet(f"file://{beside}/found")
        pq.write_metadata(self.schema, beside / SCHEMA)
        beside.rename(to)

    @contextmanager
    def _given(self, con: Backend) -> Iterator[Path]:
        """Hands over the given tables as they stand in DuckDB now; yields a folder that goes afterwards."""
        folder = _scratch(con) / uuid.uuid4().hex  # a name of its own: Spark remembers what stood in a file
        folder.mkdir()
        try:
            with _told():
                for name in self.given:
                    _show(self.session, name, _write(con, f'FROM "{name}"', folder / f"{name}.parquet"))
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def read_split(folder: Path, part: str) -> pa.Table:
    """The rows of a part (``column=value``) of what ``Query.write`` wrote; none where it has no rows."""
    schema = pq.read_schema(folder / SCHEMA)
    files = sorted((folder / "found" / part).glob("*.parquet"))
    tables = [pq.ParquetFile(file).read().select(schema.names).cast(schema) for file in files]
    return pa.concat_tables(tables) if tables else schema.empty_table()


def stand_ins(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Tables of the same names and columns that are in no engine yet, to write expressions over."""
    return {name: ibis.table(table.schema(), name=name) for name, table in tables.items()}


def prepare(config: Config, con: Backend, tables: Mapping[str, ir.Table], table: ir.Table) -> Query:
    """Compile an expression over the stand-ins, and hand the tables that it reads over to Spark.

    Each is written once per connection: a table is taken not to change while its connection is open.
    Raises BadInput when Spark is not installed, does not start or refuses the query.
    """
    session = start(config)
    with _told():
        session = session.newSession()  # with settings and views of its own, whoever else uses Spark
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
    """The Spark SQL of a table; needs pyspark, see ``start``."""
    _ = ibis.pyspark  # registers options that the compiler asks for
    return _Compiler().to_sqlglot(table).sql("spark")


def start(config: Config) -> Any:
    """The Spark session: the one that runs already, else one where the environment says (spark-submit,
    PYSPARK_SUBMIT_ARGS, SPARK_REMOTE, SPARK_MASTER), else one at ``engine.master``.

    Raises BadInput when pyspark or Java is missing or Spark does not start.
    """
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadInput("engine.kind: 'spark' needs pyspark; pip install 'holdfast[spark]'") from None
    if SparkContext._active_spark_context or any(name in os.environ for name in SUBMITTED):
        with _told():
            return SparkSession.builder.appName("holdfast").getOrCreate()
    if not shutil.which("java", path=_java_path()):
        raise BadInput(
            "engine.kind: 'spark' needs Java 17 or 21; install it (openjdk-17-jre-headless) or set JAVA_HOME"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # or the workers take another one
    conf = SparkConf().setAppName("holdfast").setMaster(_master(config))
    for key, value in _beginning(config).items():
        conf.set(key, value)
    config.store_path.mkdir(parents=True, exist_ok=True)
    with _told(), (config.store_path / "spark.log").open("ab") as log:  # what Java would print into the terminal
        SparkContext(conf=conf, gateway=launch_gateway(conf, {"stdout": log, "stderr": log})).setLogLevel("ERROR")
        return SparkSession.builder.getOrCreate()


def _master(config: Config) -> str:
    return os.environ.get("SPARK_MASTER") or config.engine.master or f"local[{threads(config)}]"


def _beginning(config: Config) -> dict[str, str]:
    """What can be set only before Spark starts."""
    found = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    found["spark.sql.codegen.cache.maxEntries"] = "1000"  # a query of 200 features has more parts than the usual 100
    if _master(config).startswith("local"):
        found["spark.sql.shuffle.partitions"] = str(threads(config))
        if config.engine.memory:
            found["spark.driver.memory"] = _memory(config.engine.memory)
    elif config.engine.memory:
        found["spark.executor.memory"] = _memory(config.engine.memory)
    return found


def _memory(text: str) -> str:
    """'1.5GB' in Spark's words: 1536m."""
    number = float(text.rstrip("GMiB"))
    return f"{round(number * (1024 if 'G' in text else 1))}m"


def _java_path() -> str:
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin" if home else os.environ.get("PATH", "")


def _scratch(con: Backend) -> Path:
    """The folder of the connection's scratch file, which goes with it; see ``engine.connect``."""
    return Path(con.con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]).parent


def _write(con: Backend, sql: str, file: Path) -> Path:
    part = file.with_suffix(".tmp")
    quoted = str(part).replace("'", "''")
    con.con.execute(f"COPY ({sql}) TO '{quoted}' (FORMAT parquet)").fetchall()  # fetched, or the connection stays busy
    return part.replace(file)


def _show(session: Any, name: str, file: Path) -> None:
    session.read.parquet(f"file://{file}").createOrReplaceTempView(name)


@contextmanager
def _told() -> Iterator[None]:
    """Spark's failures in one line, and not as Java's stack in the log beside it."""
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
