"""The other windowed features against SQL that was written by hand, each at one window inside and one beyond the logs.

See test_build_oracle.py, which has the features that models use at every window of their ladder.
"""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.build.feature_table import build
from features.catalogue.feature import REGISTRY, FeatureColumn, parse
from features.user_base import UserBase

HOUR = 3_600_000_000
USERS, ROWS = 30, 3000
ELSEWHERE = ["active_count", "active_days", "active_decayed", "order_count", "order_amount"]
SETTINGS = {
    "community": {"post": "post", "reply": "reply"},
    "funnel": {"steps": ["view", "cart", "post"]},
    "options": {"orders": {"refunds": "negative"}},
}

# Over rows with `us`, microseconds before the cutoff (> 0): a value per user, null or 0 where there is none.
DISTINCT = "select user_id, count(distinct {column}) from events where {{inside}} and {{kind}} group by 1"
ANSWERED = "select user_id, count(*) from messages where {{inside}} and {column} < timestamp '{{cutoff}}' group by 1"
MOVED = "select user_id, sum(points)::double from points where {{inside}} and kind = '{kind}' group by 1"
HALVED = "pow(0.5::double, us / 3600000000.0::double / {hours})"
ORACLE = {
    "event_count": "select user_id, count(*) from events where {inside} and {kind} group by 1",
    "event_value": "select user_id, sum(value)::double from events where {inside} and {kind} group by 1",
    "event_days": DISTINCT.format(column="(us + 86399999999) // 86400000000"),
    "event_kinds": DISTINCT.format(column="event"),
    "event_items": DISTINCT.format(column="item"),
    "event_sessions": DISTINCT.format(column="session_id"),
    "event_decayed": f"select user_id, sum({HALVED}) from events where {{kind}} group by 1",
    "event_share": """
        select user_id, count(*) filter (where {kind}) / count(*) from events where {inside} group by 1""",
    "funnel_deepest": """
        select user_id, max(list_position(['view', 'cart', 'post'], event)) from events
        where {inside} and event in ('view', 'cart', 'post') group by 1""",
    "post_count": "select user_id, count(*) from events where {inside} and event = 'post' group by 1",
    "reply_count": "select user_id, count(*) from events where {inside} and event = 'reply' group by 1",
    "order_items": "select user_id, sum(items) from orders where {inside} group by 1",
    "order_value": """
        select user_id, sum(amount)::double / count(*) from orders where {inside} and amount >= 0 group by 1""",
    "order_discount": "select user_id, sum(discount)::double from orders where {inside} group by 1",
    "order_amount_decayed": f"select user_id, sum(amount * {HALVED}) from orders group by 1",
    "refund_count": "select user_id, count(*) from orders where {inside} and amount < 0 group by 1",
    "refund_amount": "select user_id, sum(-amount)::double from orders where {inside} and amount < 0 group by 1",
    "messages_sent": "select user_id, count(*) from messages where {inside} group by 1",
    "messages_opened": ANSWERED.format(column="opened_at"),
    "messages_clicked": ANSWERED.format(column="clicked_at"),
    "complaints": "select user_id, count(*) from feedback where {inside} and kind = 'complaint' group by 1",
    **{f"points_{kind}": MOVED.format(kind=kind) for kind in ("earned", "claimed", "spent", "expired")},
    "days_since_return": """
        select user_id, min(day) from (
            select user_id, day, lead(day) over (partition by user_id order by day) - day as gap
            from (select distinct user_id, (us + 86399999999) // 86400000000 as day from orders where amount >= 0)
        ) where gap * 24 >= {hours} group by 1""",
}
OF_KIND = [name for name, one in REGISTRY.items() if one.kinds is not None and one.spanned]
NAMES = [f"{name}_{days}d" for name in ORACLE if name != "event_share" for days in (3, 40)]
NAMES += [f"{name}__view_{days}d" for name in OF_KIND for days in (3, 40)]


@pytest.fixture(scope="module")
def tables(con, cutoff):
    """Every table but users, some rows and answers of each after the cutoff; times on whole hours and just beside."""
    rng = np.random.default_rng(5)

    def times(longest=24 * 70):
        micros = rng.integers(-200, longest, ROWS) * HOUR + rng.choice([-1, 0, 0, 1], ROWS)
        return (np.datetime64(cutoff, "us") - micros.astype("timedelta64[us]")).astype("datetime64[us]")

    def later(at):
        return pa.array(at + rng.integers(1, 300 * HOUR, ROWS).astype("timedelta64[us]"), mask=rng.random(ROWS) < 0.4)

    def some(*values):
        return pa.array(rng.choice(values, ROWS), mask=rng.random(ROWS) < 0.1)

    def money(low):
        return pa.array(rng.integers(low, 9000, ROWS) / 100).cast(pa.decimal128(18, 4))

    users, sent = rng.integers(0, USERS, ROWS), times()
    amount = money(-2000)
    made = {
        "orders": {
            "time": times(),
            "amount": amount,
            "refund": pa.compute.less(amount, pa.scalar(0)),
            "items": pa.array(rng.integers(1, 9, ROWS), pa.float64()),
            "discount": money(0),
        },
        "events": {
            "time": times(),
            "event": some("view", "cart", "post", "reply", "like"),
            "session_id": some(*"abcdefgh"),
            "item": some(*"uvwxyz"),
            "value": money(0),
        },
        "messages": {"time": sent, "opened_at": later(sent), "clicked_at": later(sent)},
        "points": {"time": times(), "kind": rng.choice(["earned", "claimed", "spent", "expired"], ROWS)}
        | {"points": money(0)},
        "feedback": {"time": times(), "kind": rng.choice(["complaint", "survey", "ticket"], ROWS)},
    }
    found = {}
    for name, columns in made.items():
        table = pa.table({"user_id": users} | columns)
        found[name] = con.create_table(f"all_{name}", table, temp=True, overwrite=True)
    return found


@pytest.fixture(scope="module")
def found(con, config_of, tables, cutoff):
    users = pa.table({"user_id": range(USERS + 1)})  # the last has no row
    table = build(
        UserBase(config_of(tables, 30, **SETTINGS), con, tables), cutoff, [parse(name) for name in NAMES], users
    )
    return {row.pop("user_id"): row for row in table.to_pylist()}


def expected(con, cutoff, column: FeatureColumn):
    """The oracle's answer: user → value."""
    hours = round(column.days * 24)
    kind = "true" if column.kind is None else f"event = '{column.kind}'"
    begin = cutoff - timedelta(hours=hours)
    sql = ORACLE[column.feature.name].format(
        inside=f"time >= timestamp '{begin}'", hours=hours, kind=kind, cutoff=cutoff
    )
    before = ", ".join(
        f"{name} as (select *, epoch_us(timestamp '{cutoff}') - epoch_us(time) as us from all_{name} "
        f"where time < timestamp '{cutoff}')"
        for name in ("orders", "events", "messages", "points", "feedback")
    )
    return dict(con.con.sql(f"with {before} {sql}").fetchall())


@pytest.mark.parametrize("name", NAMES)
def test_sql_by_hand_says_the_same(con, found, cutoff, name):
    column = parse(name)
    oracle = dict.fromkeys(range(USERS + 1), column.feature.empty) | expected(con, cutoff, column)
    if "weight" in column.feature.takes:  # rounded per row: counts to 2^-32, amounts to ten-thousandths
        slack = ROWS * (0.5e-4 if "amount" in name else 2**-33)
        oracle = {user: pytest.approx(value, rel=0, abs=slack) for user, value in oracle.items()}
    assert {user: row[name] for user, row in found.items()} == oracle


def test_every_windowed_feature_that_is_read_from_rows_has_its_oracle():
    read = {name for name, one in REGISTRY.items() if one.spanned and one.table}
    assert read <= {*ORACLE, *ELSEWHERE}
