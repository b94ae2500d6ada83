"""What a user's features do not depend on: later rows, who else is asked for, earlier runs, the number of threads."""

import math
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.build.feature_table import build, known, model_columns, plan, run
from features.build.population import measure
from features.engine.duckdb_session import connect
from features.tables.order_lines import merge_lines
from features.user_base import UserBase

ORDERS = "user_id ago known_ago amount discount items"
EVENTS = "user_id ago event session_id item value"
MESSAGES = "user_id ago channel opened_ago clicked_ago opted_out_ago"
POINTS = "user_id ago kind points"
FEEDBACK = "user_id ago kind score resolved_ago"
USERS = "user_id ago signup_ago channel plan consent_marketing"
BASE = {
    "orders": [
        ORDERS,
        ("ann", 1, None, 5, 1, 1),
        ("ann", 31.5, None, 7, None, 2),
        ("ann", 95, 94, -2, None, None),
        ("bob", 100, None, 9, 1, 1),
        ("bob", 365, None, 9, 1, 1),
    ],
    "events": [EVENTS, ("ann", 0.25, "view", "s", "i", 2), ("cat", 8, "buy", None, None, None)],
    "messages": [MESSAGES, ("ann", 9, "mail", 7, None, -2), ("bob", 3, "mail", None, None, None)],
    "points": [POINTS, ("ann", 9, "earned", 0.1), ("bob", 8, "claimed", 0.2), ("bob", 8, "spent", 3)],
    "feedback": [FEEDBACK, ("ann", 9, "ticket", None, 2.5), ("bob", 8, "survey", 7, None)],
    "users": [USERS, ("ann", 9, 99, "ads", "plus", True), ("bob", None, 30, "web", None, None)],
}
SETTINGS = {
    "community": {"post": "buy", "reply": "view"},
    "funnel": {"steps": ["view", "buy"]},
    "options": {"orders": {"refunds": "negative"}},
}
ASKED = ["ann", "bob", "cat", "nil"]

# 25 hours in steps of 15 minutes, and single microseconds.
after = st.integers(0, 100).map(lambda quarter: -quarter / 96) | st.sampled_from([0, -1 / 86_400_000_000, -500])
before = st.floats(1e-6, 800)
user = st.sampled_from([*ASKED[:3], "new"])
money = st.decimals(-50, 500, places=2)
order = st.tuples(user, after, st.none(), money, money, st.integers(0, 5))
told_late = st.tuples(user, before, after, money, money, st.integers(0, 5))
event = st.tuples(user, after, st.sampled_from(["view", "buy"]), st.sampled_from("st"), st.sampled_from("ij"), money)
message = st.tuples(user, after, st.just("mail"), after, after, after)
points = st.tuples(user, after, st.sampled_from(["earned", "claimed", "spent", "expired"]), money.map(abs))
feedback = st.tuples(user, after, st.sampled_from(["complaint", "survey", "ticket"]), st.floats(0, 9), after)
person = st.tuples(user, after, after, st.sampled_from("st"), st.sampled_from("ij"), st.booleans())
steadily = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def one_window_each(config, tables):
    """H where the feature has it: a column for each window would only take longer."""
    columns = {}
    for column in model_columns(config, tables):
        if column.base not in columns or column.days == config.horizon:
            columns[column.base] = column
    return list(columns.values())


@pytest.fixture(scope="module", params=[90, 7], ids=["days", "hours"])
def every_feature(request, con, config_of, tables_of, cutoff):
    """every_feature(**tables): every feature at one window, of the users asked for; the query is compiled once."""
    config, tables = config_of(BASE, request.param, **SETTINGS), tables_of(**BASE)
    compiled = plan(UserBase(config, con, tables), one_window_each(config, tables))

    def make(ids=ASKED, at=cutoff, **literals):
        tables = tables_of(**(BASE | literals))
        table = run(con, compiled, measure(UserBase(config, con, tables), at), pa.table({"user_id": list(ids)}))
        return table.sort_by("user_id").combine_chunks()

    return make


@pytest.fixture(scope="module")
def expected(every_feature):
    return every_feature()


@steadily
@given(orders=st.lists(order | told_late, max_size=6), events=st.lists(event, max_size=6))
def test_rows_at_or_after_the_cutoff_change_nothing(every_feature, expected, orders, events):
    found = every_feature(orders=[*BASE["orders"], *orders], events=[*BASE["events"], *events])
    assert found.equals(expected)


@settings(steadily, max_examples=12)
@given(
    messages=st.lists(message, max_size=4),
    points=st.lists(points, max_size=4),
    feedback=st.lists(feedback, max_size=4),
    users=st.lists(person, max_size=4),
)
def test_nor_do_they_in_the_other_tables(every_feature, expected, **more):
    found = every_feature(**{name: [*BASE[name], *rows] for name, rows in more.items()})
    assert found.equals(expected)


def test_answers_at_or_after_the_cutoff_change_nothing(every_feature, expected):
    sent = [("ann", 9, "mail", 7, 0, -5), ("bob", 3, "mail", 0, -1, -1)]
    asked = [("ann", 9, "ticket", None, 2.5), ("bob", 8, "survey", 7, 0)]
    assert every_feature(messages=[MESSAGES, *sent], feedback=[FEEDBACK, *asked]).equals(expected)


@given(orders=st.lists(order, max_size=6), events=st.lists(event, max_size=6))
@steadily
def test_rows_at_or_after_the_cutoff_make_nobody_known(con, config_of, tables_of, cutoff, orders, events):
    tables = tables_of(orders=[*BASE["orders"], *orders], events=[*BASE["events"], *events])
    found = con.to_pyarrow(known(UserBase(config_of(BASE), con, tables), cutoff))["user_id"].to_pylist()
    assert sorted(found) == ["ann", "bob", "cat"]


def test_there_is_something_to_change(every_feature, expected):
    # The same rows a moment earlier do change the features, so the tests above can fail.
    earlier = every_feature(orders=[*BASE["orders"], ("ann", 0.01, None, 5, 1, 1)])
    assert not earlier.equals(expected)


@pytest.mark.parametrize("users", [["ann"], ["nil"], ["bob", "cat"]], ids=" ".join)
def test_users_do_not_change_each_other(every_feature, expected, users):
    found = every_feature(ids=users).to_pylist()
    assert found == [row for row in expected.to_pylist() if row["user_id"] in users]


@steadily
@given(
    orders=st.lists(st.tuples(user, before, st.none(), money, money, st.integers(0, 5)), max_size=8),
    events=st.lists(st.tuples(user, before, st.just("view"), st.none() | st.just("s"), st.none(), money), max_size=8),
)
def test_every_feature_is_a_number_or_null(every_feature, orders, events):
    found = every_feature(orders=[ORDERS, *orders], events=[EVENTS, *events])
    for row in found.drop_columns("user_id").to_pylist():
        assert all(value is None or isinstance(value, str) or math.isfinite(value) for value in row.values())


def test_a_plan_runs_for_any_cutoff(con, config_of, tables_of, cutoff):
    config, tables = config_of(BASE), tables_of(**BASE)
    columns = one_window_each(config, tables)
    compiled = plan(UserBase(config, con, tables), columns)
    asked = pa.table({"user_id": ASKED})
    for at in (cutoff, cutoff - timedelta(days=40), cutoff - timedelta(days=2000), cutoff + timedelta(hours=7)):
        again = run(con, compiled, measure(UserBase(config, con, tables), at), asked).sort_by("user_id")
        assert again.equals(build(UserBase(config, con, tables), at, columns, asked).sort_by("user_id"))


def many_rows(rng, cutoff, users, rows):
    """More than DuckDB gives to one thread (122,880), with amounts whose sums as doubles depend on the order."""
    micros = rng.integers(1, 400 * 86_400_000_000, rows)
    times = (np.datetime64(cutoff, "us") - micros.astype("timedelta64[us]")).astype("datetime64[us]")
    amounts = pa.array(rng.gamma(0.5, 40, rows).round(2)).cast(pa.decimal128(18, 4))
    names = {"user_id": rng.integers(0, users, rows), "time": times, "value": amounts, "amount": amounts}
    return pa.table(names | {"event": rng.choice(["a", "b", "c"], rows)})


def test_the_number_of_threads_changes_not_one_bit(shop, cutoff):
    rows = many_rows(np.random.default_rng(7), cutoff, 2000, 260_000)
    found = []
    for threads in (1, 2):
        toml = '[tables.orders]\npath = "x.parquet"\n[tables.events]\npath = "y.parquet"\n'
        config = shop(toml + f"[engine]\nthreads = {threads}\n")
        with connect(config) as con:
            orders = con.create_table("o", rows.select(["user_id", "time", "amount"]).slice(0, 130_000))
            events = con.create_table("e", rows.select(["user_id", "time", "event", "value"]))
            tables = {"orders": con.create_table("orders", merge_lines(orders)), "events": events}
            found.append(
                build(UserBase(config, con, tables), cutoff, one_window_each(config, tables))
                .sort_by("user_id")
                .combine_chunks()
            )
    assert found[0].num_rows == 2000
    assert found[0].equals(found[1])
