"""Tiny literal tables for the tests of floor 1, and one engine for all of them.

A table is a header and rows. Times are given as days before CUTOFF: 0 lies exactly on it, -1 a day after. ``ago`` is
the column ``time``; ``known_ago``, ``signup_ago`` … are ``known_at``, ``signup_time`` ….
"""

import gzip
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from features.build import build
from features.catalogue.feature import REGISTRY, parse
from features.catalogue.input_tables import CONTRACTS
from features.config import Config, load
from features.engine.duckdb_session import connect
from features.tables.clean import clean
from features.tables.order_lines import merge_lines
from features.user_base import UserBase

CUTOFF = datetime(2026, 1, 1)
NOW = datetime(2026, 6, 1)
ARROW = {
    "time": pa.timestamp("us"),
    "money": pa.decimal128(18, 4),
    "number": pa.float64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "date": pa.date32(),
}


@pytest.fixture(scope="session")
def cutoff():
    return CUTOFF


@pytest.fixture(scope="session")
def config_of(tmp_path_factory):
    """config_of(tables=("orders",), horizon=90, activity=None): a configuration for tables that are made in memory.

    options: further keys of tables, {"users": {"fixed": ["plan"]}}; sections: the other tables of the file."""
    folder = tmp_path_factory.mktemp("config")

    def make(tables=("orders",), horizon=90, activity=None, options=None, **sections):
        churn = {"horizon_days": horizon} | ({"activity": list(activity)} if activity else {})
        usual = {"orders": {"refunds": "negative"}}  # the tests' orders may hold refunds
        sources = {
            name: {"path": "nowhere.parquet"} | usual.get(name, {}) | (options or {}).get(name, {}) for name in tables
        }
        sections = {"engine": {"threads": 1}} | sections
        return Config(tables=sources, churn=churn, file=folder / "holdfast.toml", **sections)

    return make


@pytest.fixture(scope="session")
def con(config_of):
    with connect(config_of()) as session:
        yield session


@pytest.fixture(scope="session")
def arrow():
    """arrow("orders", [header, *rows]): the table as clean() would hand it on, order lines not yet merged."""

    def make(name, literal):
        header, *rows = literal
        given = dict(zip(header.split(), zip(*rows, strict=True) if rows else [[]] * len(header.split()), strict=True))
        columns = {}
        for column in CONTRACTS[name].columns:
            ago = column.name.removesuffix("time").removesuffix("at") + "ago"
            key = ago if column.kind == "time" else column.name
            if key in given:
                columns[column.name] = _column(column.kind, given.pop(key))
        assert not given, f"{name} has no {sorted(given)}"
        return pa.table(columns)

    return make


def _column(kind, values):
    if kind == "user":
        return pa.array(values, pa.int64() if all(isinstance(v, int) for v in values) and values else pa.string())
    if kind == "time":
        values = [None if ago is None else CUTOFF - timedelta(days=ago) for ago in values]
    if kind == "money":
        values = [None if value is None else Decimal(str(value)) for value in values]
    return pa.array(values, ARROW[kind])


@pytest.fixture(scope="session")
def tables_of(con, arrow):
    """tables_of(orders=[…], events=[…]): the tables in the engine; a second call replaces those of the first."""

    def make(**literals):
        tables = {}
        for name, literal in literals.items():
            table = con.create_table(f"{name}_lines", arrow(name, literal), temp=True, overwrite=True)
            merged = merge_lines(table) if name == "orders" else table
            tables[name] = con.create_table(name, merged, temp=True, overwrite=True)
        return tables

    return make


@pytest.fixture(scope="session")
def features_of(con, config_of, tables_of):
    """features_of(columns, orders=[…], …): user → column → value, for every user of the tables and for 'nil', who has
    no row anywhere. settings: what config_of takes beside the tables."""

    def make(columns, horizon=90, activity=None, at=CUTOFF, settings=None, **literals):
        config, tables = config_of(literals, horizon, activity, **(settings or {})), tables_of(**literals)
        users = sorted({row[0] for _, *rows in literals.values() for row in rows} | {"nil"})
        asked = pa.table({"user_id": pa.array(users, pa.string())})
        table = build(UserBase(config, con, tables), at, [parse(name) for name in columns], asked)
        return {row.pop("user_id"): row for row in table.sort_by("user_id").to_pylist()}

    return make


@pytest.fixture(scope="session")
def as_expected():
    """as_expected(found, expected): the values of one column, of every user of the tables, are those; None is null."""

    def check(found, column, expected):
        got = {user: row[column] for user, row in found.items()}
        assert got == {
            user: value if value is None else pytest.approx(value, rel=1e-9) for user, value in expected.items()
        }

    return check


@pytest.fixture(scope="session")
def family():
    """family("recency"): the names of its features."""
    return lambda name: {one.name for one in REGISTRY.values() if one.family == name}


@pytest.fixture
def registry():
    """The registry, put back afterwards."""
    kept = dict(REGISTRY)
    yield REGISTRY
    REGISTRY.clear()
    REGISTRY.update(kept)


@pytest.fixture
def shop(tmp_path):
    """shop(toml, **{"orders.csv": text or table}): the configuration of a folder with these files."""
    import pyarrow.parquet as pq

    def make(toml, **files):
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                file.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
            else:
                pq.write_table(content, file)
        (tmp_path / "holdfast.toml").write_text(toml, encoding="utf-8")
        return load(tmp_path / "holdfast.toml")

    return make


@pytest.fixture
def cleaned(shop):
    """cleaned(toml, **files): (Tables, name → rows as dictionaries) as clean() makes them on 2026-06-01."""

    def make(toml, now=NOW, **files):
        config = shop(toml, **files)
        with connect(config) as session:
            tables = clean(session, config, now)
            rows = {name: session.to_pyarrow(table).to_pylist() for name, table in tables.tables.items()}
        return tables, rows

    return make


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """20,000 simulated users of the quiet world: rows by table as told, and the tables."""
    import pyarrow.parquet as pq

    from features.simulate import simulate

    folder = tmp_path_factory.mktemp("simulated")
    rows = simulate(folder, 20_000)
    return rows, {name: pq.read_table(folder / name) for name in rows}
