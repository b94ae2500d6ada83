"""What Spark counts and draws, so that users need not come here, is what DuckDB counts and draws."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue.feature import parse
from features.config.layer_rules import Group, Layer, read
from features.engine.duckdb_session import connect
from features.groups.layer_cuts import kept_cuts
from features.tables.clean import CleanTables
from features.user_base import UserBase
from serving.reports.funnel import funnel, table
from tests.features.engine.test_spark import SETTINGS, random_base
from training.rows import labels, spine
from training.rows.base_rates import base_rate
from training.rows.data_gates import outcomes


@pytest.fixture
def engines(quick_spark, config_of):
    """engines(tables, horizon): the configuration for each of the two engines."""

    def make(tables, horizon):
        return [
            config_of(tables, horizon, engine={"kind": kind, "threads": 2}, **SETTINGS) for kind in ("duckdb", "spark")
        ]

    return make


def test_cuts_and_the_funnel_are_worked_out_there_and_are_the_same(engines, cutoff, tmp_path):
    base, _ = random_base(cutoff, text_ids=True, users=300, rows=1500)
    tests = ["order_amount_30d > mean", "gap_mean >= p80", "order_count_30d < p12.5"]
    layer = Layer("all", (Group("all", "", tuple(read(one, "here") for one in tests)), Group("rest", "", ())))
    cuts, counts = [], []
    for config in engines(base, 30):
        with connect(config) as con:
            tables = {name: con.create_table(name, rows) for name, rows in base.items()}
            one = UserBase(config, con, CleanTables(tables))
            cuts.append(kept_cuts(one, cutoff, [layer], tmp_path / config.engine.kind))
            counts.append(table(funnel(one, cutoff, 60, tmp_path / config.engine.kind)))
    assert cuts[0] == cuts[1] and len(cuts[0]) == 3
    assert counts[0].equals(counts[1]) and {"plan", "region"} <= {*counts[0]["attribute"].to_pylist()}


def test_rows_to_learn_from_are_drawn_there_and_are_the_same(engines, cutoff, monkeypatch):
    base, _ = random_base(cutoff, text_ids=True, users=300, rows=1500)
    monkeypatch.setattr(spine, "model_columns", lambda *_: [parse("order_count_30d")])
    monkeypatch.setattr("training.rows.base_rates.FEWEST_USERS", 20)
    at = [cutoff - timedelta(days=days) for days in (60, 35)]
    found = []
    for config in engines(base, 30):
        with connect(config) as con:
            tables = {name: con.create_table(name, table) for name, table in base.items()}
            one = UserBase(config, con, CleanTables(tables, observed_from=at[0], observed_until=cutoff))
            drawn = spine.rows(one, at, 30)
            truth = labels.horizon_labels(one, cutoff, at[0], pa.table({"user_id": drawn.user_id.unique()}), 2)
            told = [base_rate(one, at[1], cutoff, 1000), outcomes(one), drawn.share]
            found.append([drawn.user_id.to_pylist(), drawn.churned.tolist(), drawn.value.tolist(), told])
            found[-1] += [drawn.days_to_return.tolist(), truth.sort_by("user_id").to_pydict()]
    np.testing.assert_equal(found[0], found[1])
    assert len(found[0][0]) > 10 and found[0][3][0] and 0.1 < found[0][3][-1] < 0.7
