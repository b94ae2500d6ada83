"""Tables that executors read file by file are those that one process reads: rows, counts, what is set aside, advice.

Tasks run in this process here, and DuckDB stands in for Spark where rows are merged; on a cluster:
tests/serving/batch/work/test_executors.py.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engine import spark, spark_session
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean
from features.tables.executors import judge

NOW, DAY = datetime(2026, 6, 1), timedelta(days=1)
TOML = """\
[engine]
kind = "{kind}"
[project]
timezone = "Asia/Shanghai"
[quality]
max_bad_share = 0.9
[tables.orders]
path = "orders"
guests = "drop"
cancelled = "state == 'void'"
[tables.events]
path = "events.parquet"
[churn]
horizon_days = 30
observed_from = "2026-01-02"
"""


def at(*days):
    return pa.array([datetime(2026, 1, 1) + day * DAY if day is not None else None for day in days], pa.timestamp("us"))


@pytest.fixture
def tables(shop):
    """Odd orders in three files of different columns and types, a file without rows among them; tidy events."""
    lines = {"user_id": [" 7", "7.0", "é", None, "", "c", "c"], "time": at(5, 5, 3, 4, 4, None, 900)}
    lines |= {
        "amount": [0.123456, float("nan"), -5.0, 1.0, 2.0, 3.0, 4.0],
        "state": ["ok", "ok", None, "ok", "void", "ok", "ok"],
    }
    more = {"time": pa.array([NOW - 9 * DAY] * 4, pa.timestamp("us", "UTC")), "user_id": ["7"] * 4}
    more |= {"amount": [1e14, 2.5, 2.5, 2.5], "order_id": ["1", "2", "2", "2"], "item": ["a", "b", "b", "c"]}
    early = {"user_id": ["7", "q"], "time": at(-3, 9), "amount": [5.0, 6.0], "state": ["ok", "ok"]}
    files = {f"orders/{n}.parquet": pa.table(one) for n, one in enumerate((lines, more, early))}
    files["orders/3.parquet"] = files["orders/0.parquet"].slice(0, 0)
    files["events.parquet"] = pa.table(
        {"user_id": ["7", "e"], "time": at(6, 7), "event": ["view", None], "value": [1, 2]}
    )
    return lambda kind: shop(TOML.format(kind=kind), **files)


def found(config):
    with connect(config) as con:
        made = clean(con, config, NOW)
        rows = {name: con.to_pyarrow(table).to_pylist() for name, table in made.items()}
        about = {name: {**vars(one), "reasons": dict(one.reasons)} for name, one in made.counts.items()}
        schemas = {name: table.schema() for name, table in made.items()}
    aside = pq.read_table(config.store_path / "quarantine" / "orders.parquet").to_pylist()
    rows |= {"aside": [{key: str(value) for key, value in row.items()} for row in aside]}
    return {name: sorted(map(repr, of)) for name, of in rows.items()}, about, schemas, made.notes, made.observed_until


@pytest.fixture
def here(monkeypatch):
    """Tasks run in this process, each twice, and what Spark would be asked DuckDB answers; which tasks there were."""
    done = []

    def each_task(config, folder, tasks, do, session):
        for task in [*tasks, *tasks]:
            done.append(json.loads(json.dumps(do(task))))
        return done[-len(tasks) :]

    def kept(config, con, name, given, build):
        table = build(given)
        pq.write_table(con.to_pyarrow(table), folder := spark._scratch(con) / f"{name}.parquet")
        return spark.written(con, name, [folder], table.schema())

    monkeypatch.setattr(spark_session, "here_alone", lambda config: False)
    monkeypatch.setattr(spark_session, "own_session", lambda config: None)
    monkeypatch.setattr(judge.spark_workers, "slots", lambda session: 1)
    monkeypatch.setattr(judge, "each_task", each_task)
    monkeypatch.setattr(spark, "answer", lambda config, con, given, build: con.to_pyarrow(build(given)))
    monkeypatch.setattr(spark, "kept", kept)
    return done


def test_what_executors_read_is_what_one_process_reads(tables, here):
    ours = found(tables("duckdb"))
    assert not here
    theirs = found(tables("spark"))
    assert len(here) == 2 * (4 + 1)
    for one, other in zip(ours, theirs, strict=True):
        assert other == one
    (orders,) = (one for name, one in ours[1].items() if name == "orders")
    assert orders["quarantined"] >= 4 and orders["guests"] == 1 and orders["cancelled"] == 1 and orders["before"] == 1
    assert orders["repeats"] == 1 and orders["merged"] == 1  # b twice is a copy, c another line
    assert any("decimals" in note for note in ours[3])


def test_a_file_that_an_executor_does_not_see_is_read_here(tables, here, monkeypatch, caplog):
    ours = found(tables("duckdb"))
    monkeypatch.setattr(judge, "read_files", lambda work, task: {"unseen": work.files[0][0], "host": "there"})
    assert found(tables("spark"))[:4] == ours[:4] and here
    assert "0.parquet: the worker on there does not see it; it is read on this machine" in caplog.text


def test_decimals_stay_exact(shop, here):
    rows = pa.table({"user_id": [1], "time": at(9), "amount": pa.array([Decimal("0.1234")], pa.decimal128(9, 4))})
    toml = (
        TOML.format(kind="spark")
        .replace('[tables.events]\npath = "events.parquet"\n', "")
        .replace("state == 'void'", "amount < 0")
    )
    config = shop(toml, **{"orders/1.parquet": rows})
    with connect(config) as con:
        made = clean(con, config, NOW)
        assert con.to_pyarrow(made["orders"])["amount"].to_pylist() == [Decimal("0.1234")]
        assert made["orders"].user_id.type().is_integer()


def test_an_order_that_adds_up_to_too_much_is_named(shop, here, monkeypatch):
    def fails(*given):
        raise BadInput("engine.kind: Spark failed: SparkArithmeticException: [NUMERIC_VALUE_OUT_OF_RANGE] 160000 …")

    monkeypatch.setattr(spark, "kept", fails)
    rows = {"user_id": [1, 1], "time": at(9, 9), "amount": [8e13, 8e13], "state": ["ok"] * 2}
    toml = TOML.format(kind="spark").replace('[tables.events]\npath = "events.parquet"\n', "")
    config = shop(toml.replace('"drop"', '"drop"\nrepeats = "keep"'), **{"orders/1.parquet": pa.table(rows)})
    with (
        connect(config) as con,
        pytest.raises(BadInput, match=r"user 1, the order of .* add up to 160,000,000,000,000"),
    ):
        clean(con, config, NOW)
