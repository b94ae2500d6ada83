"""The feature table: one row per user asked for, of the declared types, with what is not there left out.

What they must not depend on is in test_build_steady.py, their values are in test_build_oracle.py and families/.
"""

import math
from datetime import date, datetime

import pyarrow as pa
import pytest

from features.build.feature_table import available, build, model_columns, plan
from features.catalogue.feature import REGISTRY, FeatureColumn, feature, ladder, parse
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean
from features.user_base import UserBase

ARROW = {"float64": pa.float64(), "int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_()}
FULL = {
    "orders": [
        "user_id ago amount order_id items discount channel",
        ("ann", 3, 10, "x", 1, 1, "web"),
        ("ann", 40, 20, "y", 2, None, "app"),
        ("bob", 200, 5, "z", 1, 0, None),
        ("bob", 190, -5, "z", 1, 0, None),
    ],
    "events": [
        "user_id ago event session_id item value",
        ("ann", 1, "view", "s", "i", 1),
        ("cat", 2, "view", None, None, None),
    ],
    "users": [
        "user_id ago signup_ago channel plan region consent_marketing birthday",
        ("ann", 9, 99, "ads", "plus", "here", True, date(1990, 2, 3)),
    ],
    "messages": [
        "user_id ago channel opened_ago clicked_ago opted_out_ago",
        ("ann", 9, "mail", 8, 8, None),
        ("ann", 2, "mail", None, None, 1),
    ],
    "points": ["user_id ago kind points", ("ann", 9, "earned", 5), ("ann", 8, "claimed", 5), ("ann", 7, "spent", 2)],
    "feedback": ["user_id ago kind score resolved_ago", ("ann", 9, "survey", 5, None), ("ann", 8, "ticket", None, 5)],
}
SETTINGS = {
    "community": {"post": "post", "reply": "reply"},
    "funnel": {"steps": ["view", "buy"]},
    "options": {"orders": {"refunds": "negative"}},
}
BARE = {"orders": ["user_id ago amount", ("ann", 3, 10), ("bob", 200, 5)], "events": ["user_id ago", ("cat", 2)]}


@pytest.fixture
def every_feature(con, config_of, tables_of, cutoff):
    """Every column that models may use, of these users."""

    def make(literals, horizon=90, users=("ann", "nil")):
        settings = SETTINGS if literals is FULL else {}
        config, tables = config_of(literals, horizon, **settings), tables_of(**literals)
        columns = model_columns(config, tables)
        table = build(UserBase(config, con, tables), cutoff, columns, pa.table({"user_id": list(users)}))
        return columns, table.sort_by("user_id")

    return make


def test_from_files_to_features(shop):
    config = shop(
        '[tables.orders]\npath = "orders.csv"\n[tables.users]\npath = "users.csv"\n',
        **{
            "orders.csv": "user_id,time,amount\n1,2026-01-01,10\n1,2026-01-01,5\n2,2026-01-10 12:00,7\n1,2026-02-01,9",
            "users.csv": "user_id,signup_time\n1,2025-12-01\n2,2025-12-02\n3,2025-12-03\n4,2026-01-11 00:00:00\n",
        },
    )
    with connect(config) as con:
        tables = clean(con, config).tables
        cutoff = datetime(2026, 1, 11)
        names = ["order_count_90d", "order_amount_90d", "order_amount_7d", "days_since_order"]
        table = build(UserBase(config, con, tables), cutoff, [parse(name) for name in names])
    assert table.column_names == ["user_id", *names]
    # 1 and 2 bought (1's two lines are one order), 3 only signed up, 4 signs up at the cutoff and is not known yet.
    assert [list(row.values()) for row in table.sort_by("user_id").to_pylist()] == [
        [1, 1, 15, 0, 10],
        [2, 1, 7, 7, 0.5],
        [3, 0, 0, 0, None],
    ]


@pytest.mark.parametrize("horizon", [90, 7])
@pytest.mark.parametrize("literals", [FULL, BARE], ids=["every column", "needed columns"])
def test_every_column_has_the_type_its_feature_declares(every_feature, literals, horizon):
    # A cast that Ibis thinks needless leaves a DuckDB decimal or hugeint behind it.
    columns, table = every_feature(literals, horizon)
    wanted = {column.name: ARROW[column.feature.dtype] for column in columns}
    assert {name: table.schema.field(name).type for name in wanted} == wanted


def test_ids_keep_their_type(con, config_of, tables_of, cutoff):
    literals = {"orders": ["user_id ago amount", (7, 1, 1)]}
    table = build(UserBase(config_of(), con, tables_of(**literals)), cutoff, [parse("order_total")])
    assert table.schema.field("user_id").type == pa.int64() and table.to_pylist() == [{"user_id": 7, "order_total": 1}]


@pytest.mark.parametrize("horizon", [90, 7])
def test_a_user_without_rows_has_the_empty_value_or_null_as_declared(every_feature, horizon):
    columns, table = every_feature(FULL, horizon)
    nil = table.to_pylist()[1]
    assert nil["user_id"] == "nil"
    # What only the population tells is there for everybody.
    everybody = {"base_churn_rate", "season_sin", "season_cos", "gap_shrunk", "return_share_shrunk"}
    for column in columns:
        if column.feature.name not in everybody:
            assert nil[column.name] == column.feature.empty, column.name


def test_where_nobody_is_no_feature_fails(every_feature):
    orders = {"orders": ["user_id ago amount", ("ann", -1, 1)], "events": ["user_id ago", ("ann", 0)]}
    _, table = every_feature(orders, users=["ann"])
    row = table.to_pylist()[0]
    assert row["return_share_shrunk"] == 0.5 and row["base_churn_rate"] is None and row["gap_shrunk"] is None
    assert all(isinstance(value, str) or value is None or math.isfinite(value) for value in row.values())


def test_models_see_every_available_feature_at_each_window_of_its_ladder(config_of, tables_of):
    config, tables = config_of(FULL, **SETTINGS), tables_of(**FULL)
    names = [column.name for column in model_columns(config, tables)]
    wanted = []
    for one in REGISTRY.values():
        wanted += [FeatureColumn(one, days).name for days in ladder(90, one.powers)] if one.spanned else [one.name]
    wanted = [name for name in wanted if parse(name).feature.powers]
    assert [name for name in names if "__" not in name] == wanted and len(set(names)) == len(names)


def test_models_see_the_configured_kinds_of_event_one_by_one(config_of, tables_of):
    def of_kinds(literals=FULL, **sections):
        columns = model_columns(config_of(literals, **sections), tables_of(**literals))
        return [column.name for column in columns if column.kind]

    assert of_kinds(**SETTINGS, engagement={"kinds": ["加购"]}) == [
        "event_share__加购_90d",
        "event_count__加购_22d",
        "event_count__加购_90d",
        "days_since_event__加购",
    ]
    assert {parse(name).kind for name in of_kinds(**SETTINGS)} == {"view", "buy", "post", "reply"}
    assert of_kinds() == of_kinds(**SETTINGS, engagement={"kinds": []}) == of_kinds(BARE, **SETTINGS) == []


UNDATED = "channel plan region consent_marketing days_to_birthday"
PROFILES = {
    "with times": ("ago signup_ago", [], UNDATED + " days_since_signup"),
    "without": ("signup_ago", [], "days_since_signup"),
    "without, some fixed": ("signup_ago", ["plan", "birthday"], "plan days_to_birthday days_since_signup"),
}


@pytest.mark.parametrize("times, fixed, expected", PROFILES.values(), ids=PROFILES.keys())
def test_models_see_of_users_what_was_known_then(con, config_of, tables_of, cutoff, times, fixed, expected):
    values = {"ago": 5, "signup_ago": 50, "birthday": date(1990, 1, 2), "consent_marketing": True}
    names = ["user_id", *times.split(), "channel", "plan", "region", "consent_marketing", "birthday"]
    literals = BARE | {"users": [" ".join(names), ("ann", *(values.get(name, "x") for name in names[1:]))]}
    config, tables = config_of(literals, options={"users": {"fixed": fixed}}), tables_of(**literals)
    columns = model_columns(config, tables)
    assert {c.name for c in columns if c.feature.family == "profile"} == set(expected.split())
    # Rules of today may have them all.
    today = build(UserBase(config, con, tables), cutoff, [parse(name) for name in UNDATED.split()]).sort_by("user_id")
    assert today.to_pylist()[0] == {
        "user_id": "ann",
        **dict.fromkeys(["channel", "plan", "region"], "x"),
        "consent_marketing": True,
        "days_to_birthday": 1,
    }


LEFT_OUT = {
    "no events": ({"orders": FULL["orders"]}, {"event_count", "event_momentum", "days_since_event", "event_kinds"}),
    "no orders": ({"events": FULL["events"]}, {"order_count", "order_value", "order_amount_trend"}),
    "no items and discounts": (BARE, {"order_items", "order_discount", "order_discount_share"}),
    "no channels, no refunds": (BARE, {"order_channels", "order_channel_share", "refund_count", "refund_share"}),
    "no funnel, no community": (FULL, {"funnel_deepest", "funnel_stop", "post_count", "post_gap_mean", "reply_count"}),
    "no other tables": (
        BARE,
        {"points_earned", "messages_sent", "messages_unopened", "complaints", "plan", "opted_out"},
    ),
    "no sessions, items, values, kinds": (
        BARE,
        {
            "event_sessions",
            "event_depth",
            "event_items",
            "event_breadth",
            "event_value",
            "event_value_mean",
            "event_kinds",
        },
    ),
}


@pytest.mark.parametrize("literals, gone", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_features_whose_table_or_column_is_not_there_are_left_out(config_of, tables_of, literals, gone):
    activity = ["orders" if "orders" in literals else "events"]
    config = config_of(literals, activity=activity, options={"orders": {"refunds": None}})
    there = {one.name for one in available(config, tables_of(**literals))}
    assert not gone & there
    assert {"active_count", "gap_mean", "season_sin"} <= there


def test_a_rule_that_names_what_is_not_there_is_told_what_lacks(con, config_of, tables_of):
    literals = {"orders": BARE["orders"]}
    config = config_of(literals, options={"orders": {"refunds": None}})
    for name, lacks in (
        ("event_momentum_7d", "tables.events"),
        ("order_discount_share_90d", "tables.orders.columns.discount"),
        ("refund_share_90d", "tables.orders.refunds"),
        ("order_channels", "tables.orders.columns.channel"),
        ("messages_unopened", "tables.messages.columns.opened_at"),
        ("post_gap_mean", "tables.events.columns.event"),
        ("event_days__match_7d", "tables.events"),
        ("event_share__match_7d", "tables.events.columns.event"),
    ):
        with pytest.raises(BadInput) as caught:
            plan(UserBase(config, con, tables_of(**literals)), [parse(name)])
        assert str(caught.value) == f"holdfast.toml: feature '{name}' needs {lacks}, which is not there; add it"


def test_a_feature_made_of_one_that_does_not_exist_is_an_error(registry, config_of, tables_of):
    @feature(unit="ratio", null="never", zh="试验。")
    def trial(order_totl):
        """Of a misspelt one."""

    with pytest.raises(TypeError, match="feature 'trial' takes 'order_totl', which is no feature; did you mean"):
        available(config_of(BARE), tables_of(**BARE))


def test_a_window_on_demand_is_built_and_enters_no_model(con, config_of, tables_of, cutoff):
    orders = {"orders": ["user_id ago amount", ("ann", 1, 1), ("ann", 7, 1), ("ann", 6.5, 1), ("ann", 7.5, 1)]}
    config, tables = config_of(orders), tables_of(**orders)
    assert "active_days_7d" not in {column.name for column in model_columns(config, tables)}
    found = build(UserBase(config, con, tables), cutoff, [parse("active_days_7d"), parse("active_days_36h")])
    assert found.to_pylist() == [{"user_id": "ann", "active_days_7d": 2, "active_days_36h": 1}]


def test_columns_come_in_the_order_asked_for(con, config_of, tables_of, cutoff):
    names = ["order_total", "active_momentum_90d", "days_since_active", "active_count_90d"]
    found = build(UserBase(config_of(), con, tables_of(orders=BARE["orders"])), cutoff, [parse(name) for name in names])
    assert found.column_names == ["user_id", *names]
