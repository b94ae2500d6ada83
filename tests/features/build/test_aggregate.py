"""The sources of rows that features are told from: one row per different value, and one scan for all of a table."""

import json

import numpy as np
import pyarrow as pa
import pytest

from features.build.aggregate import weight
from features.build.feature_table import build, model_columns, plan
from features.build.look_up import nobody
from features.build.population import moment
from features.catalogue.feature import parse
from features.user_base import UserBase, opened

EVENTS = [
    "user_id ago event session_id item",
    ("ann", 0.5, "view", "s", "i"),
    ("ann", 1, "buy", "s", "i"),  # the same day: 24 hours ago is still its last moment
    ("ann", 1.25, "view", "t", "j"),
    ("ann", 1.5, "view", "t", None),
    ("ann", 40, "buy", "u", "i"),
    ("bob", 91, None, None, None),
]
BY_HAND = {
    "event_days_90d": (3, 0),
    "event_days_1d": (1, 0),
    "event_days_30h": (2, 0),  # day 2 has a row in its first 6 hours
    "event_days_29h": (1, 0),
    "event_days__view_90d": (2, 0),
    "event_days__buy_7d": (1, 0),
    "event_items_90d": (2, 0),
    "event_items__buy_90d": (1, 0),
    "event_items__buy_7d": (1, 0),
    "event_items__nothing_7d": (0, 0),
    "event_sessions_1d": (1, 0),
    "event_sessions_7d": (2, 0),
    "event_sessions_90d": (3, 0),
    "event_sessions__buy_90d": (2, 0),
    "event_kinds_90d": (2, 0),
    "event_kinds_12h": (1, 0),
}


@pytest.mark.parametrize("horizon", [90, 7])
def test_different_values_of_a_window_by_hand(features_of, horizon):
    found = features_of(list(BY_HAND), horizon, ["events"], events=EVENTS)
    assert {name: (found["ann"][name], found["bob"][name]) for name in BY_HAND} == BY_HAND


@pytest.fixture(scope="module")
def tables(con, cutoff):
    """Orders without refunds, and events of two kinds."""
    rng, rows = np.random.default_rng(3), 2000
    hours = rng.integers(1, 24 * 300, rows).astype("timedelta64[h]")
    times = (np.datetime64(cutoff, "us") - hours).astype("datetime64[us]")
    users, amounts = rng.integers(0, 30, rows), pa.array(rng.integers(0, 900, rows) / 4).cast(pa.decimal128(18, 4))
    kinds = rng.choice(["view", "buy"], rows)
    events = pa.table({"user_id": users, "time": times, "event": kinds, "item": kinds, "value": amounts})
    orders = pa.table({"user_id": users, "time": times, "amount": amounts, "refund": np.zeros(rows, bool)})
    made = {"orders": orders, "events": events}
    return {name: con.create_table(f"shared_{name}", made[name], temp=True, overwrite=True) for name in made}


@pytest.mark.parametrize("horizon", [90, 7])
@pytest.mark.parametrize("table", ["orders", "events"])
def test_to_be_all_of_activity_changes_no_feature(con, config_of, tables, cutoff, table, horizon):
    shared = {"activity": [table], "options": {"orders": {"refunds": None}}}
    apart = {"activity": ["orders"] if table == "orders" else ["events:view", "events:buy"]}  # refunds may be there
    found = []
    for how in (shared, apart):
        config = config_of(tables, horizon, **how)
        columns = [column for column in model_columns(config, tables) if "refund" not in column.name]
        found.append(build(UserBase(config, con, tables), cutoff, columns).sort_by("user_id"))
    assert found[0].equals(found[1])


def test_a_table_is_scanned_once(con, config_of, tables):
    config = config_of(tables, activity=["events"], options={"orders": {"refunds": None}})
    sql = plan(UserBase(config, con, tables), model_columns(config, tables)).sql
    assert (sql.count('"shared_events"'), sql.count('"shared_orders"')) == (1, 1)


def test_only_the_columns_that_features_need_are_read(shop):
    times = pa.array([np.datetime64("2026-01-01", "us") + np.timedelta64(n, "D") for n in range(50)])
    texts = {name: pa.array(["x"] * 50) for name in ("event", "session_id", "item", "channel")}
    events = pa.table({"user_id": range(50), "time": times, "value": np.ones(50), **texts})
    names = [
        "days_since_event",
        "event_total",
        "event_value_mean",
        "active_days_90d",
        "event_count_30d",
        "event_value_30d",
    ]
    with opened(shop('[tables.events]\npath = "events.parquet"\n', **{"events.parquet": events})) as base:
        sql = plan(base, [parse(name) for name in names], everybody=True).sql
        moment(base.con, nobody(base.tables.observed_until))
        tree = json.loads(base.con.con.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()[0][1])

    def scans(node):
        here = [node["extra_info"]["Projections"]] if "READ_PARQUET" in str(node["extra_info"].get("Function")) else []
        return here + [one for child in node["children"] for one in scans(child)]

    assert [sorted(read) for one in tree for read in scans(one)] == [["time", "user_id", "value"]]


def test_a_wider_window_beside_a_narrow_one_changes_nothing(features_of):
    names = ["event_items_7d", "event_sessions_1d", "event_days_30h"]
    alone = [features_of([name], events=EVENTS, activity=["events"])["ann"][name] for name in names]
    together = features_of([*names, "event_items_90d", "event_sessions_90d"], events=EVENTS, activity=["events"])["ann"]
    assert [together[name] for name in names] == alone


def test_a_weight_halves_with_every_half_life(con):
    ago = pa.table({"ago": [0.0, 7.0, 14.0, 7 * 33.0, 7 * 34.0]})
    rows = con.create_table("weights", ago, temp=True, overwrite=True)
    found = con.to_pyarrow(rows.select(weight=weight(rows.ago, 7.0)))["weight"].to_pylist()
    assert found == [2**32, 2**31, 2**30, 1, 0]  # a half is rounded away from zero, a quarter to it
