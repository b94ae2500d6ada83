"""Spark is started as configured, or found where it runs; what it lacks is told in a line."""

import sys

import ibis
import pytest

from features.engine import spark, spark_session
from features.engine.duckdb_session import connect
from features.errors import BadInput


@pytest.fixture(scope="module")
def started(quick_spark, config_of):
    """The one session, as the engine starts it."""
    return spark_session.start(config_of(engine={"kind": "spark", "threads": 2}))


def test_a_session_that_runs_is_used_and_left_as_it_is(started, config_of):
    config, session = config_of(engine={"kind": "spark", "threads": 2}), started
    zone = session.conf.get("spark.sql.caseSensitive")
    assert spark_session.start(config) is session
    with connect(config) as con:
        spark.prepare(config, con, {}, ibis.table({"a": "int64"}, name="nowhere"))
    assert session.conf.get("spark.sql.caseSensitive") == zone


def test_no_other_test_began_the_session_with_settings_that_make_all_slow(started, quick_spark):
    begun = started.sparkContext.getConf()
    assert all(begun.get(name, "").endswith(value) for name, value in quick_spark.items())  # Spark adds options before


def test_without_pyspark_one_line_says_what_to_install(config_of, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(BadInput, match=r"^engine.kind: 'spark' needs pyspark; pip install 'holdfast\[spark\]'$"):
        spark_session.start(config_of(engine={"kind": "spark"}))


def test_without_java_one_line_says_what_to_install(started, config_of, monkeypatch, tmp_path):
    from pyspark import SparkContext

    monkeypatch.setattr(SparkContext, "_active_spark_context", None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BadInput, match="needs Java 17 or 21"):
        spark_session.start(config_of(engine={"kind": "spark"}))


@pytest.mark.parametrize(
    "engine, environment, expected",
    [
        ({"threads": 1}, {}, {"spark.sql.shuffle.partitions": "1"}),
        ({"threads": 1, "memory": "1.5GB"}, {}, {"spark.driver.memory": "1536m"}),
        ({"memory": "800MiB", "master": "spark://host:7077"}, {}, {"spark.executor.memory": "800m"}),
        ({"memory": "2GiB"}, {"SPARK_MASTER": "yarn"}, {"spark.executor.memory": "2048m"}),
    ],
)
def test_the_master_and_the_memory_are_as_configured(config_of, monkeypatch, engine, environment, expected):
    monkeypatch.delenv("SPARK_MASTER", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config = config_of(engine={"kind": "spark"} | engine)
    assert spark_session._master(config) == environment.get("SPARK_MASTER", engine.get("master", "local[1]"))
    assert spark_session._beginning(config).items() >= expected.items()


def test_spark_connect_without_its_client_is_told_in_one_line(config_of, monkeypatch):
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:1")
    monkeypatch.setattr(spark_session, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"^SPARK_REMOTE: .* needs grpcio; pip install 'holdfast\[spark-connect\]'$"):
        spark_session.start(config_of(engine={"kind": "spark"}))


def test_a_shipped_file_is_found_by_its_name_where_tasks_run(started, tmp_path):
    file = tmp_path / "shipped-once.txt"
    file.write_text("to all")
    name = spark_session.ship(started, file)

    def read(batches):
        import pyarrow
        from pyspark import SparkFiles

        for _ in batches:
            with open(SparkFiles.get(name)) as shipped:  # noqa: PTH123
                yield pyarrow.RecordBatch.from_pylist([{"text": shipped.read()}])

    assert started.range(1).mapInArrow(read, "text string").collect()[0]["text"] == "to all"


def test_where_it_would_run_is_told_without_starting_it(needs, config_of, monkeypatch):
    needs("spark")
    import pyspark

    monkeypatch.setattr(pyspark.SparkContext, "_active_spark_context", None)
    for name in (*spark_session.SUBMITTED, "SPARK_MASTER"):
        monkeypatch.delenv(name, raising=False)
    assert spark_session.here_alone(config_of(engine={"kind": "spark"}))
    assert not spark_session.here_alone(config_of(engine={"kind": "spark", "master": "spark://head:7077"}))
    monkeypatch.setenv("SPARK_REMOTE", "sc://head:15002")
    assert not spark_session.here_alone(config_of(engine={"kind": "spark"}))
