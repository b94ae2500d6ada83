"""Spark gives what DuckDB gives: every feature, at every kind of window, and every stage. One session for all tests."""

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build import available, model_columns, plan, run
from features.build.population import measure
from features.catalogue.feature import FeatureColumn, parse
from features.engine import spark, spark_session
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.groups.lifecycle import replay
from features.tables.clean import CleanTables
from features.tables.counts import Counts
from features.user_base import UserBase

MINUTE = 60_000_000  # microseconds
SETTINGS = {
    "community": {"post": "post", "reply": "reply"},
    "funnel": {"steps": ["view", "cart", "post"]},
    "options": {"orders": {"refunds": "negative"}},
}
BORN = [date(2000, 2, 29), date(1980, 1, 1), date(1990, 12, 31), date(1975, 12, 25), date(2004, 2, 28), None]


@pytest.fixture(scope="module")
def started(quick_spark, config_of):
    """The one session, as the engine starts it."""
    return spark_session.start(config_of(engine={"kind": "spark", "threads": 2}))


@pytest.fixture(scope="module")
def engines(started, config_of):
    """engines(tables, horizon): the configuration for each of the two engines."""

    def make(tables, horizon, zone="UTC"):
        given = {"project": {"timezone": zone}} | SETTINGS
        return [
            config_of(tables, horizon, engine={"kind": kind, "threads": 2}, **given) for kind in ("duckdb", "spark")
        ]

    return make


def random_base(cutoff, text_ids, users=25, rows=1500, seed=3):
    """All six tables, times on whole hours and just beside, some of them on the cutoff and some after it; a user for
    whom nothing is known; names beyond ASCII; the amounts of a user far apart."""
    rng = np.random.default_rng(seed)

    def times(count=rows, longest=24 * 800):
        hours = np.where(rng.random(count) < 0.5, rng.integers(-100, 24 * 20, count), rng.integers(0, longest, count))
        micros = hours * 60 * MINUTE + rng.choice([-1, 0, 0, 1, 7 * MINUTE], count)
        return np.datetime64(cutoff, "us") - micros.astype("timedelta64[us]")

    def later(at):
        return pa.array(
            at + rng.integers(1, 300 * 60 * MINUTE, len(at)).astype("timedelta64[us]"), mask=rng.random(len(at)) < 0.4
        )

    def some(*values, count=rows):
        return pa.array(rng.choice(values, count), mask=rng.random(count) < 0.1)

    def money(low):
        cents = rng.integers(low, 900_000, rows) if low else rng.integers(0, 90_000_000, rows) // 7
        return pa.array([Decimal(int(value)).scaleb(-4) for value in cents], pa.decimal128(18, 4))

    def ids(values):
        return pa.array([f"u{value:03}é" for value in values]) if text_ids else pa.array(values, pa.int64())

    def who(count=rows):  # the first users do far more than the last
        return ids((users * rng.random(count) ** 2).astype(int))

    amount, sent, asked = money(-90_000), times(), times()
    known_at = pa.array(times(), mask=rng.random(rows) < 0.7)
    made = {
        "orders": {"user_id": who(), "time": times(), "amount": amount, "refund": pa.compute.less(amount, pa.scalar(0))}
        | {"items": pa.array(rng.integers(1, 9, rows), pa.float64()), "discount": money(0), "known_at": known_at}
        | {"channel": some("app", "web", "店")},
        "events": {"user_id": who(), "time": times(), "event": some("view", "View", "cart", "post", "reply")}
        | {"session_id": some(*"abcdefgh"), "item": some(*"uvwxyz"), "value": money(0)},
        "messages": {"user_id": who(), "time": sent, "channel": some("mail", "push"), "opened_at": later(sent)}
        | {"clicked_at": later(sent), "opted_out_at": later(sent)},
        "points": {
            "user_id": who(),
            "time": times(),
            "kind": rng.choice(["earned", "claimed", "spent", "expired"], rows),
        }
        | {"points": money(0)},
        "feedback": {"user_id": who(), "time": asked, "kind": rng.choice(["complaint", "survey", "ticket"], rows)}
        | {"score": pa.array(rng.integers(0, 50, rows) / 7, mask=rng.random(rows) < 0.3), "resolved_at": later(asked)},
        "users": {"user_id": ids(np.arange(3 * users) % users), "time": times(3 * users)}
        | {"signup_time": later(times(3 * users) - np.timedelta64(500, "D"))}
        | {"channel": some("ads", "Ads", "zé", "店", count=3 * users), "plan": some("plus", "basic", count=3 * users)}
        | {
            "region": some("north", "süd", count=3 * users),
            "birthday": pa.array(rng.choice(BORN, 3 * users), pa.date32()),
        }
        | {"consent_marketing": some(True, False, count=3 * users)},
    }
    exactly = {name: table | {} for name, table in made.items()}
    tables = {name: pa.table(columns) for name, columns in exactly.items()}
    return tables, ids([*range(users), 999])


def every_column(config, tables):
    """The columns of models, and one window of every feature that only rules have."""
    columns = {column.name: column for column in model_columns(config, tables)}
    told = {column.feature.name for column in columns.values()}
    for one in available(config, tables):
        if one.name not in told or one.kinds is not None:
            for kind in {None if "kind" not in one.takes else "view", "view" if one.kinds is not None else None}:
                if "kind" in one.takes and kind is None:
                    continue
                column = FeatureColumn(one, config.horizon if one.spanned else None, kind)
                columns.setdefault(column.name, column)
    return list(columns.values())


def differences(expected, found):
    """Column → the first user for whom two tables differ: text, whole numbers and nulls exactly, floats to 1e-9."""
    assert found.schema.equals(expected.schema)
    bad = {}
    for name in expected.column_names:
        pairs = zip(expected["user_id"].to_pylist(), expected[name].to_pylist(), found[name].to_pylist(), strict=True)
        for user, one, other in pairs:
            same = (
                math.isclose(one, other, rel_tol=1e-9)
                if isinstance(one, float) and isinstance(other, float)
                else one == other
            )
            if not same:
                bad[name] = (user, one, other)
                break
    return bad


@pytest.mark.parametrize("horizon, text_ids", [(30, False), (7, True)], ids=["days", "hours"])
def test_every_feature_is_the_same_at_every_cutoff(engines, cutoff, horizon, text_ids):
    base, asked = random_base(cutoff, text_ids)
    users = pa.table({"user_id": asked})
    configs = engines(base, horizon)
    with connect(configs[0]) as con:
        tables = {name: con.create_table(name, table) for name, table in base.items()}
        columns = every_column(configs[0], tables)
        assert {column.feature.name for column in columns} == {one.name for one in available(configs[0], tables)}
        long = {name: Counts(1, math.inf, 0, 0, {}, users=1) for name in tables}  # windows from intervals, on Spark
        ways = (tables, CleanTables(tables, {} if text_ids else long))
        plans = [plan(UserBase(config, con, way), columns) for config, way in zip(configs, ways, strict=True)]
        for at in (cutoff, cutoff - timedelta(days=307, hours=5)):
            population = measure(UserBase(configs[0], con, tables), at)
            expected, found = (run(con, one, population, users).sort_by("user_id") for one in plans)
            assert found.num_rows == len(asked)
            assert differences(expected, found) == {}


def test_what_executors_write_is_read_where_it_lies(started, config_of, monkeypatch):
    config = config_of(engine={"kind": "spark", "threads": 2})
    with connect(config) as con:
        given = {"rows": con.create_table("rows", pa.table({"user_id": [1, 2], "at": [datetime(2026, 1, 1)] * 2}))}
        kept = [
            spark.kept(config, con, f"over_{n}", given, lambda t, n=n: t["rows"].filter(t["rows"].user_id > n))
            for n in (1, 2)
        ]
        assert [con.to_pyarrow(one)["user_id"].to_pylist() for one in kept] == [[2], []]
        assert {one.schema() for one in kept} == {given["rows"].schema()}
        monkeypatch.setattr(spark, "_copy", None)  # nothing goes through this process again
        found = spark.answer(config, con, {"kept": kept[0]}, lambda t: t["kept"].aggregate(at=t["kept"]["at"].max()))
        assert found["at"].to_pylist() == [datetime(2026, 1, 1)]


CALENDAR = ("order_count_7d", "order_amount_60d", "gap_longest", "gap_mean", "streak_longest", "days_since_active")
CALENDAR += ("active_days_60d", "event_count__view_60d", "days_since_signup", "days_to_birthday", "messages_unopened")
CHANGED = {  # half a day after the clock changed, or so
    "Europe/Berlin": datetime(2025, 10, 26, 12),
    "America/New_York": datetime(2025, 3, 9, 18),
    "Australia/Lord_Howe": datetime(2025, 10, 5, 1),
    "Asia/Shanghai": datetime(1991, 9, 15, 1),
    "America/Sao_Paulo": datetime(2017, 10, 15, 12),
    "Pacific/Apia": datetime(2011, 12, 30, 20),
}


@pytest.mark.parametrize("zone", CHANGED)
def test_days_are_those_of_the_same_calendar(engines, zone):
    at = CHANGED[zone]
    base, asked = random_base(at, text_ids=False, rows=400)
    zones = pa.array(["Asia/Tokyo", "Pacific/Honolulu", None] * 25, pa.string())
    base["users"] = base["users"].append_column("timezone", zones)
    configs = [*engines(base, 30, zone), engines(base, 30)[0]]
    with connect(configs[0]) as con:
        tables = {name: con.create_table(name, table) for name, table in base.items()}
        population, found = measure(UserBase(configs[0], con, tables), at), []
        for config in configs:
            compiled = plan(UserBase(config, con, tables), [parse(name) for name in CALENDAR])
            found.append(run(con, compiled, population, pa.table({"user_id": asked})).sort_by("user_id"))
        assert differences(found[0], found[1]) == {}
        assert not found[0].equals(found[2])  # days of UTC


def test_stages_are_the_same(engines, cutoff):
    base, _ = random_base(cutoff, text_ids=True, rows=300)
    found = []
    for config in engines(base, 30):
        with connect(config) as con:
            tables = {name: con.create_table(name, table) for name, table in base.items()}
            found.append(replay(UserBase(config, con, tables), [cutoff - timedelta(days=60)])[0].users)
    assert found[0].equals(found[1])
    assert len(set(found[0]["stage"].to_pylist())) > 3


TOML = '[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n'


def test_the_command_line_writes_the_same_and_no_word_more(started, shop, holdfast, tmp_path):
    rows = [f"u{day % 7},2026-01-{day:02} 10:00,{day}.25" for day in range(1, 29)]
    printed = []
    for kind in ("duckdb", "spark"):
        config = shop(
            TOML + f'[engine]\nkind = "{kind}"\n', **{"orders.csv": "\n".join(["user_id,time,amount", *rows])}
        )
        end = holdfast("features", "--config", config.file, "--out", tmp_path / f"{kind}.parquet")
        assert (end.code, end.err) == (0, "")
        printed.append(end.out.replace(kind, ""))
        span = ["--from", "2026-01-10", "--to", "2026-01-20", "--every", "10"]
        end = holdfast("stages", "--config", config.file, "--out", tmp_path / f"s-{kind}", *span)
        assert (end.code, end.err) == (0, "")
    assert printed[0] == printed[1]
    one, other = (pq.read_table(tmp_path / f"{kind}.parquet") for kind in ("duckdb", "spark"))
    assert differences(one, other) == {}
    stages = [sorted((tmp_path / f"s-{kind}").rglob("*.parquet")) for kind in ("duckdb", "spark")]
    assert [file.name for file in stages[0]] == [file.name for file in stages[1]] != []
    assert all(pq.read_table(one).equals(pq.read_table(other)) for one, other in zip(*stages, strict=True))


def test_nobody_asked_for_is_nobody_found(started, config_of, cutoff):
    config = config_of(engine={"kind": "spark", "threads": 2})
    with connect(config) as con:
        base = pa.table({"user_id": ["u"], "time": [cutoff], "amount": [Decimal("1.0000")], "refund": [False]})
        tables = {
            "orders": con.create_table(
                "orders", base.cast(base.schema.set(2, pa.field("amount", pa.decimal128(18, 4))))
            )
        }
        compiled = plan(UserBase(config, con, tables), [parse("order_count_30d")])
        population = measure(UserBase(config, con, tables), cutoff)
        nobody = run(
            con,
            compiled,
            population,
            pa.table({"user_id": pa.array([], pa.string())}),
        )
        assert nobody.to_pylist() == []
        assert nobody.schema.names == ["user_id", "order_count_30d"]
        # What Spark cannot do is told in one line: here the handed over file is gone.
        next(spark._scratch(con).glob("orders-*.parquet")).unlink()
        with pytest.raises(BadInput, match=r"^engine.kind: Spark failed: [^\n]+$"):
            run(con, compiled, population, pa.table({"user_id": ["u"]}))
        assert not [file for file in spark._scratch(con).iterdir() if file.is_dir() and file.name != "spill"]
