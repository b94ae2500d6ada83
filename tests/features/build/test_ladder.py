"""Windows from intervals: the same values as from a condition for each window, in every column, to the last digit."""

import math

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.build.feature_table import available, build, model_columns, plan
from features.catalogue.feature import REGISTRY, FeatureColumn, feature, parse
from features.tables.clean import CleanTables
from features.tables.counts import Counts
from features.tables.order_lines import merge_lines
from features.user_base import UserBase

HOUR = 3_600_000_000
ROWS, USERS = 3000, 60  # some users have hundreds of rows, some one, and some none
KINDS = ["view", "buy", "post", "reply"]
SETTINGS = {
    "engagement": {"kinds": KINDS[:3]},
    "funnel": {"steps": ["view", "buy"]},
    "community": {"post": "post", "reply": "reply"},
}
ODD = [29 / 24, 100.0, 365.0]  # days that rules alone would name


@pytest.fixture(scope="module")
def tables(con, cutoff):
    """Every table: a third of the rows within a microsecond of a window's border, some at the cutoff and after it, with
    refunds and nulls."""
    rng = np.random.default_rng(7)

    def rows(name, **columns):
        hours = rng.integers(-3, 24 * 800, ROWS)
        border = rng.choice([0, 1, 2, 7, 11, 22, 45, 90, 180, 360, 365, 720], ROWS) * 24
        micros = np.where(rng.random(ROWS) < 0.3, border, hours) * HOUR + rng.choice([-1, 0, 0, 1], ROWS)
        time = (np.datetime64(cutoff, "us") - micros.astype("timedelta64[us]")).astype("datetime64[us]")
        user = (USERS * rng.random(ROWS) ** 3).astype("int64")
        return con.create_table(f"ladder_{name}", pa.table({"user_id": user, "time": time, **columns}), temp=True)

    def holes(values):
        return pc.if_else(pa.array(rng.random(ROWS) < 0.1), None, values)

    def money(low):
        return pa.array(rng.integers(low, 9000, ROWS) / 100).cast(pa.decimal128(18, 4))

    def some(*names):
        return holes(pa.array(rng.choice(list(names), ROWS)))

    def later():
        hours = rng.integers(-2000, 24 * 700, ROWS).astype("timedelta64[h]")
        return holes(pa.array((np.datetime64(cutoff, "us") - hours).astype("datetime64[us]")))

    def kinds(*names):
        return pa.array(rng.choice(list(names), ROWS))

    items = holes(pa.array(rng.integers(1, 9, ROWS).astype(float)))
    lines = rows("lines", amount=money(-3000), items=items, discount=holes(money(0)), channel=some("web", "shop"))
    orders = con.create_table("ladder_orders", merge_lines(lines), temp=True)
    events = {
        "event": some(*KINDS),
        "value": holes(money(-9000)),
        "item": some(*"abcdefgh"),
        "session_id": some(*"xyz"),
    }
    messages = {f"{what}_at": later() for what in ("opened", "clicked", "opted_out")}
    feedback = {"kind": kinds("complaint", "survey", "ticket"), "resolved_at": later()}
    return {
        "orders": orders,
        "events": rows("events", **events),
        "messages": rows("messages", channel=kinds("sms", "mail"), **messages),
        "points": rows("points", kind=kinds("earned", "claimed", "spent", "expired"), points=money(1)),
        "feedback": rows("feedback", **feedback, score=holes(pa.array(rng.integers(1, 6, ROWS) / 2))),
    }


@pytest.fixture(scope="module")
def of_length(con, config_of, tables):
    """of_length(rows, horizon, activity): the base as if its users had so many rows each in every table."""

    def make(rows, horizon=90, activity=("orders", "events")):
        counts = {name: Counts(1, rows, 0, 0, {}, users=1 if rows else 0) for name in tables}
        config = config_of(tables, horizon, activity, **SETTINGS)
        return UserBase(config, con, CleanTables(tables, counts))

    return make


def both(of_length, cutoff, columns, users=None, **how):
    """The table directly and by intervals, by user; the SQL of both is seen to differ."""
    bases = [of_length(rows, **how) for rows in (0, math.inf)]
    assert len({plan(base, columns).sql for base in bases}) == 2
    return [build(base, cutoff, columns, users).sort_by("user_id").combine_chunks() for base in bases]


@pytest.mark.parametrize("horizon, activity", [(90, ("events",)), (7, ("orders", "events"))])
def test_every_column_of_the_catalogue_is_the_same(of_length, tables, cutoff, horizon, activity):
    base = of_length(0, horizon, activity)
    columns = model_columns(base.config, tables)
    for one in available(base.config, tables):  # and what only rules name
        if "kind" not in one.takes:
            columns += [FeatureColumn(one, days) for days in (ODD if one.spanned else [None])]
        if one.kinds is not None:
            columns += [FeatureColumn(one, days, "buy") for days in ((2.0, 90.0) if one.spanned else [None])]
    users = pa.table({"user_id": list(range(USERS + 5))})
    direct, intervals = both(of_length, cutoff, list(dict.fromkeys(columns)), users, horizon=horizon, activity=activity)
    assert direct.schema == intervals.schema
    assert direct.num_rows == USERS + 5
    assert [name for name in direct.column_names if not direct[name].equals(intervals[name])] == []


def test_everybody_has_a_row_even_with_none_in_any_window(of_length, cutoff):
    direct, intervals = both(
        of_length, cutoff, [parse("event_count_1h"), parse("order_amount_1h")], activity=["events"]
    )
    assert direct.equals(intervals)
    assert 0 in direct["event_count_1h"].to_pylist()


def test_what_cannot_be_put_together_stands_beside_the_rest(registry, of_length, cutoff):
    shared = {"table": "events", "unit": "x", "zh": "值", "null": "none", "powers": ()}

    @feature(**shared)
    def value_median(events, inside):
        """Median, which no parts give."""
        return events.value.cast("float64").median(where=inside)

    @feature(**shared)
    def value_or_old(events, inside):
        """A window that is not one condition of several."""
        return events.count(where=inside | (events.value > 10))

    @feature(**shared)
    def value_float(events, inside):
        """A sum of floats, whose order is another."""
        return (events.value.cast("float64") / 3).sum(where=inside & (events.value > 0))

    @feature(**shared)
    def value_extreme(events, inside):
        """Several in one."""
        key = ibis.struct({"days_ago": events.days_ago, "value": events.value})  # or several would come first
        late = events.value.argmax(key, where=inside).cast("float64")
        return events.value.max(where=inside) - events.value.min(where=inside) + late

    names = ["value_median", "value_or_old", "value_float", "value_extreme", "event_count"]
    columns = [FeatureColumn(REGISTRY[name], days) for name in names for days in (7.0, 90.0)]
    direct, intervals = both(of_length, cutoff, columns, activity=["events"])
    for name in direct.column_names:
        found, wanted = (table[name].to_pylist() for table in (intervals, direct))
        near = name.startswith("value_float")
        assert found == ([one if one is None else pytest.approx(one, rel=1e-9) for one in wanted] if near else wanted)


@pytest.mark.parametrize("rows, days, way", [(200, 30, math.inf), (1, 30, 0), (200, 1, 0)])
def test_it_is_taken_for_many_windows_over_long_histories(of_length, rows, days, way):
    columns = [
        FeatureColumn(REGISTRY[name], day) for name in ("event_count", "event_value") for day in range(1, 1 + days)
    ]
    assert plan(of_length(rows), columns).sql == plan(of_length(way), columns).sql


def test_a_handful_of_users_is_asked_directly(of_length):
    columns = [FeatureColumn(REGISTRY["event_count"], day) for day in range(1, 60)]
    assert plan(of_length(math.inf), columns, few=True).sql == plan(of_length(0), columns, few=True).sql
