"""Tiny literal tables for the tests of floor 2, and one small trained system for all of them.

A table is a header and rows. ``ago`` is the column ``time`` in days before CUTOFF: 0 lies exactly on it, -1 a day
after; ``signup_ago`` is ``signup_time``.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from features.config import Config, Engine, Store, load
from features.engine.duckdb_session import connect
from features.simulate import simulate
from features.tables import CleanTables
from features.tables.order_lines import merge_lines
from features.user_base import UserBase, opened
from training.evaluation import backtest
from training.evaluation.backtest import frame
from training.models.lifetime import Lifetime
from training.rows.spine import Rows
from training.trained_model import Bundle

CUTOFF = datetime(2026, 1, 1)
TYPES = {
    "amount": pa.decimal128(18, 4),
    "value": pa.decimal128(18, 4),
    "time": pa.timestamp("us"),
    "signup_time": pa.timestamp("us"),
    "event": pa.string(),
}


@pytest.fixture(scope="session")
def cutoff():
    return CUTOFF


@pytest.fixture(scope="session")
def config_of(tmp_path_factory):
    """config_of(tables=("orders",), horizon=30, **sections): a configuration for tables that are made in memory."""
    folder = tmp_path_factory.mktemp("config")

    def make(tables=("orders",), horizon=30, churn=None, **sections):
        sources = {name: {"path": "nowhere.parquet"} for name in tables}
        sections = {"engine": {"threads": 1}, "churn": {"horizon_days": horizon} | (churn or {})} | sections
        return Config(tables=sources, file=folder / "holdfast.toml", **sections)

    return make


@pytest.fixture(scope="session")
def con(config_of):
    with connect(config_of()) as session:
        yield session


@pytest.fixture(scope="session")
def tables_of(con):
    """tables_of(ahead=30, orders=[…], events=[…]): clean tables whose logs end so many days after CUTOFF; a second call
    replaces those of the first."""

    def make(ahead=30, **literals):
        tables, ago = {}, [0.0]
        for name, (header, *rows) in literals.items():
            columns = dict(zip(header.split(), map(list, zip(*rows, strict=True)), strict=True))
            ago += [days for days in columns.get("ago", []) if days is not None]
            table = con.create_table(f"{name}_lines", _arrow(columns), temp=True, overwrite=True)
            tables[name] = con.create_table(
                name, merge_lines(table) if name == "orders" else table, temp=True, overwrite=True
            )
        return CleanTables(tables, {}, CUTOFF - timedelta(days=max(ago)), CUTOFF + timedelta(days=ahead), "")

    return make


def _arrow(columns):
    found = {}
    for name, values in columns.items():
        if name.endswith("ago"):
            name = name.removesuffix("ago") + "time"
            values = [None if ago is None else CUTOFF - timedelta(days=ago) for ago in values]
        elif name in ("amount", "value"):
            values = [None if value is None else Decimal(str(value)) for value in values]
        found[name] = pa.array(values, TYPES.get(name))
    return pa.table(found)


@pytest.fixture(scope="session")
def rows_of():
    """rows_of(churned, value, cutoff, cutoffs, returned, observed, **features): Rows without any table; by default all
    at CUTOFF, and nothing known of returns."""

    def make(churned=None, value=None, cutoff=None, cutoffs=(CUTOFF,), returned=None, observed=None, **features):
        columns = {name: np.asarray(column, float) for name, column in features.items()}
        given = [x for x in (churned, value, cutoff, *columns.values()) if x is not None]
        count = len(given[0])

        def array(x, dtype):
            return np.zeros(count, dtype) if x is None else np.asarray(x, dtype)

        users = pa.chunked_array([pa.array(range(count))])
        truth = (array(churned, float), array(value, float))
        back = np.full(count, np.nan) if returned is None else np.asarray(returned, float)
        return Rows(columns, users, array(cutoff, int), tuple(cutoffs), *truth, back, observed or (0.0,) * len(cutoffs))

    return make


@dataclass(frozen=True)
class System(UserBase):
    """A small base, trained and measured at two test cutoffs one horizon apart; ``built`` holds its feature tables."""

    results: tuple[backtest.Result, ...] = ()

    @property
    def result(self) -> backtest.Result:
        return self.results[-1]

    @property
    def bundle(self) -> Bundle:
        return self.result.bundle


@pytest.fixture(scope="session")
def system(tmp_path_factory):
    """1,500 simulated users, horizon 30 days, trained on one thread. Its store is shared: see ``elsewhere``."""
    folder = tmp_path_factory.mktemp("base")
    simulate(folder, 1500, until=date(2026, 1, 1), days=270)
    paths = "\n".join(f'[tables.{name}]\npath = "{name}/*.parquet"' for name in ("orders", "events", "users"))
    (folder / "holdfast.toml").write_text(
        f"[engine]\nthreads = 1\n{paths}\n[churn]\nhorizon_days = 30\n[train]\ncutoffs = 4\n"
    )
    config = load(folder / "holdfast.toml")
    with opened(config) as base:
        results = tuple(backtest.evaluate(base, at) for at in backtest.test_cutoffs(base, 2))
        yield System(base.config, base.con, base.tables, base.built, results=results)


@pytest.fixture(scope="session")
def elsewhere():
    """elsewhere(config, folder, threads=1): the same configuration with its store in that folder."""

    def make(config, folder, threads=1):
        return config.model_copy(update={"store": Store(path=str(folder)), "engine": Engine(threads=threads)})

    return make


@pytest.fixture(scope="session")
def bundle(system):
    """The trained system with a churn curve and lifetimes, made up."""
    found, boosters = system.bundle, system.bundle.boosters
    tables = Lifetime(2, (0.1, 0.8), ((0.9, 0.2), (0.8, 0.1), (0.7, 0.1)), (1.0, 90.0), (1.1, 0.9), (0.0, 0.5), (2, 3))
    return replace(
        found, boosters={**boosters, "churn_7d": boosters["churn"], "churn_60d": boosters["rank"]}, lifetime=tables
    )


@pytest.fixture(scope="session")
def table(system):
    """The features of the first 50 test users, as pandas gives them."""
    return frame(system.result.test, system.bundle).head(50)
