"""Windowed features against SQL that was written by hand and shares nothing with theirs, at every window of the ladder.

Times are whole hours and a microsecond around them, so that rows lie on both sides of every window's first instant.
"""

import numpy as np
import pyarrow as pa
import pytest

from features.build.feature_table import build
from features.catalogue.feature import REGISTRY, FeatureColumn, ladder, parse
from features.tables.order_lines import merge_lines
from features.user_base import UserBase

HOUR = 3_600_000_000
USERS = 40

# Over rows with `us`, microseconds before the cutoff (> 0), and the window's `hours`.
ORACLE = {
    "active_count": "select user_id, count(*) as v from orders_before where amount >= 0 and {inside} group by 1",
    "active_days": """
        select user_id, count(distinct (us + 86399999999) // 86400000000) as v
        from orders_before where amount >= 0 and {inside} group by 1""",
    "order_count": "select user_id, count(*) as v from orders_before where not amount < 0 and {inside} group by 1",
    "order_amount": "select user_id, sum(amount)::double as v from orders_before where {inside} group by 1",
    "event_count": "select user_id, count(*) as v from events_before where {inside} group by 1",
    "event_value": "select user_id, sum(coalesce(value, 0))::double as v from events_before where {inside} group by 1",
    "active_decayed": """
        select user_id, sum(pow(0.5::double, us / 3600000000.0::double / {hours})) as v
        from orders_before where amount >= 0 group by 1""",
}


@pytest.fixture(scope="module")
def tables(con, cutoff):
    """Orders, a fifth of them refunds, and events; some after the cutoff."""
    rng, rows = np.random.default_rng(11), 6000

    def times(longest):
        micros = rng.integers(-20, longest, rows) * HOUR + rng.choice([-1, 0, 0, 1], rows)
        return (np.datetime64(cutoff, "us") - micros.astype("timedelta64[us]")).astype("datetime64[us]")

    def money():
        return pa.array(rng.integers(0, 9000, rows) / 100 * rng.choice([1, 1, 1, 1, -1], rows)).cast(
            pa.decimal128(18, 4)
        )

    # As many short gaps as long ones: windows run from hours to years.
    users = rng.integers(0, USERS, rows)
    orders = pa.table(
        {"user_id": users, "time": np.where(users % 2, times(24 * 800), times(24 * 60)), "amount": money()}
    )
    missing = pa.array(rng.random(rows) < 0.1)
    value = pa.compute.if_else(missing, None, money())
    events = pa.table({"user_id": rng.integers(0, USERS, rows), "time": times(24 * 200), "value": value})
    lines = con.create_table("oracle_lines", orders, temp=True, overwrite=True)
    made = {
        "orders": con.create_table("oracle_orders", merge_lines(lines), temp=True, overwrite=True),
        "events": con.create_table("oracle_events", events, temp=True, overwrite=True),
    }
    for name in made:
        con.raw_sql(f"""
            create or replace temp view {name}_before as
            select *, epoch_us(timestamp '{cutoff}') - epoch_us(time) as us from oracle_{name}
            where time < timestamp '{cutoff}'""")
    return made


def columns(horizon):
    return [FeatureColumn(REGISTRY[name], days) for name in ORACLE for days in ladder(horizon, REGISTRY[name].powers)]


@pytest.fixture(scope="module")
def found(con, config_of, tables, cutoff):
    """Horizon → user → column → value, for all users and one more."""
    users = pa.table({"user_id": list(range(USERS + 1))})
    built = {}
    for horizon in (90, 7):
        table = build(UserBase(config_of(tables, horizon), con, tables), cutoff, columns(horizon), users)
        built[horizon] = {row.pop("user_id"): row for row in table.to_pylist()}
    return built


WINDOWS = [(horizon, column.name) for horizon in (90, 7) for column in columns(horizon)]


@pytest.mark.parametrize("horizon, column", WINDOWS, ids=[f"{name} of {horizon}" for horizon, name in WINDOWS])
def test_sql_by_hand_says_the_same(con, found, horizon, column):
    one = parse(column)
    hours = round(one.days * 24)
    sql = ORACLE[one.feature.name].format(inside=f"us <= {hours} * {HOUR}", hours=hours)
    oracle = dict.fromkeys(range(USERS + 1), 0) | dict(con.con.sql(sql).fetchall())
    if one.feature.name == "active_decayed":
        # Each of at most 200 rows is rounded to a whole number of 2^-32.
        oracle = {user: pytest.approx(value, rel=0, abs=200 * 2**-33) for user, value in oracle.items()}
    assert {user: row[column] for user, row in found[horizon].items()} == oracle
