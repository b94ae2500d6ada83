"""Opens Spark: the session that runs already, one that the environment names, or one of our own."""

import os
import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from features.config import Config
from features.engine.duckdb_session import threads
from features.engine.spark_failure import reporting_errors
from features.errors import BadInput

ROOT = Path(__file__).parents[2]  # where this Holdfast's packages lie
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
    "spark.sql.files.ignoreMissingFiles": "false",  # rows that an executor cannot read are an error, never left out
    "spark.sql.files.ignoreCorruptFiles": "false",
}


def own_session(config: Config) -> Any:
    """A session with our own settings and views, should others use Spark too. Raises BadInput as ``start`` does."""
    started = start(config)
    with reporting_errors():
        if connected(started):  # there is no newSession()
            session = type(started).builder.remote(os.environ["SPARK_REMOTE"]).create()
        else:
            session = started.newSession()
        for key, value in SETTINGS.items():
            session.conf.set(key, value)
        return session


def connected(session: Any) -> bool:
    """Whether it is one of Spark Connect, which has no context here."""
    return type(session).__module__.startswith("pyspark.sql.connect")


def application(session: Any) -> str:
    """What tells the application that the session's executors work for."""
    return os.environ["SPARK_REMOTE"] if connected(session) else str(session.sparkContext.applicationId)


def ship(session: Any, file: Path) -> str:
    """Give a file to every executor; the name under which ``SparkFiles.get`` has its path there.

    The name must tell the content. A copy is kept while this process lives, since executors that join later fetch it,
    whatever they have to do.
    """
    kept = Path(_shipped().name) / file.name
    if not kept.exists():
        shutil.copyfile(file, kept)
    with reporting_errors():
        if connected(session):
            session.addArtifacts(str(kept), file=True)
        else:
            session.sparkContext.addFile(str(kept))
    return file.name


@cache
def _shipped() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="holdfast-shipped-")


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
    if os.environ.get("SPARK_REMOTE") and find_spec("grpc") is None:
        raise BadInput("SPARK_REMOTE: Spark Connect needs grpcio; pip install 'holdfast[spark-connect]'")
    if SparkContext._active_spark_context or any(name in os.environ for name in SUBMITTED):
        with reporting_errors():
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
        reporting_errors(),
        (config.store_path / "spark.log").open("ab") as log,
    ):  # what Java would print into the terminal
        SparkContext(conf=conf, gateway=launch_gateway(conf, {"stdout": log, "stderr": log})).setLogLevel("ERROR")
        return SparkSession.builder.getOrCreate()


def _master(config: Config) -> str:
    return os.environ.get("SPARK_MASTER") or config.engine.master or f"local[{threads(config)}]"


def here_alone(config: Config) -> bool:
    """Whether Spark runs, or would be started, in this machine's own process. Starts nothing."""
    try:
        from pyspark import SparkContext
    except ImportError:
        return True
    if SparkContext._active_spark_context:
        return str(SparkContext._active_spark_context.master).startswith("local")
    return not any(name in os.environ for name in SUBMITTED) and _master(config).startswith("local")


def _beginning(config: Config) -> dict[str, str]:
    """Settings that only count before Spark starts."""
    found = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    found["spark.sql.codegen.cache.maxEntries"] = "1000"  # 200 features have more parts than the default 100
    found["spark.executorEnv.PYTHONPATH"] = str(ROOT)  # this Holdfast, where executors see it; else their own
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
