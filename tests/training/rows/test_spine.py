"""Who is learned from, and when: in time's order, never past the test cutoff, never after the cutoff itself."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.build import plan
from features.errors import BadInput
from features.user_base import UserBase
from training.rows.spine import eligible, fewer, rows, training_cutoffs

LONG_AGO = datetime(2000, 1, 1)
MOMENT = 1 / 86_400_000_000  # a microsecond, in days


def horizons(days):
    return st.sampled_from(days)


# Cutoffs


@given(
    horizons([1, 7, 14, 28, 30, 45.5, 90, 365]),
    horizons([1, 30, 400]),
    horizons([0, 0.5, 7]),
    st.integers(1, 40),
    st.datetimes(datetime(2005, 1, 1), datetime(2026, 1, 1)),
)
def test_no_label_window_ends_past_the_test_cutoff(config_of, horizon, value, gap, count, test):
    churn = {"gap_days": gap}
    config = config_of(horizon=horizon, value={"horizon_days": value}, train={"cutoffs": count}, churn=churn)
    found = training_cutoffs(config, LONG_AGO, test)
    assert len(found) <= count and found == sorted(set(found))
    assert max(found) == test - timedelta(days=gap + max(horizon, value))  # none that has closed is given away


@pytest.mark.parametrize("horizon", [1, 7, 14, 28, 30, 90, 365])
def test_four_cutoffs_stand_in_every_horizon(config_of, cutoff, horizon):
    config, first = config_of(horizon=horizon, train={"cutoffs": 24}), cutoff - timedelta(days=max(360, 8 * horizon))
    back = [(cutoff - at).total_seconds() / 86400 / horizon - 1 for at in training_cutoffs(config, first, cutoff)]
    assert sorted(int(horizons) for horizons in back) == [k // 4 for k in range(24)]
    # On whole days, or hours where the horizon is short, and so not quite a quarter apart.
    assert sorted(back) == pytest.approx([k / 4 for k in range(24)], abs=0.51 / horizon)


@pytest.mark.parametrize("horizon", [7, 30])
def test_the_season_of_the_test_is_seen_a_year_earlier(config_of, cutoff, horizon):
    config, year_ago = config_of(horizon=horizon, train={"cutoffs": 24}), cutoff - timedelta(days=365)
    found = training_cutoffs(config, LONG_AGO, cutoff)
    assert len(found) == 24
    around = [(at - year_ago).total_seconds() / 86400 / horizon for at in found[:6]]
    assert around == pytest.approx([-0.75, -0.5, -0.25, 0, 0.25, 0.5], abs=0.51 / horizon)
    recent = training_cutoffs(config, cutoff - timedelta(days=360), cutoff)
    assert found[6:] == recent[6:]  # the oldest gave way


def test_fewer_cutoffs_are_all_recent(config_of, cutoff):
    config = config_of(horizon=30, train={"cutoffs": 23})
    assert min(training_cutoffs(config, LONG_AGO, cutoff)) > cutoff - timedelta(days=200)


@pytest.mark.parametrize("horizon, value", [(30, 30), (7, 7), (29, 29), (90, 365)])
def test_tests_one_horizon_apart_share_their_cutoffs(config_of, cutoff, horizon, value):
    config = config_of(horizon=horizon, value={"horizon_days": value}, train={"cutoffs": 12})
    late = training_cutoffs(config, LONG_AGO, cutoff)
    early = training_cutoffs(config, LONG_AGO, cutoff - timedelta(days=horizon))
    assert len(set(late) & set(early)) == 12 - 4


def test_a_cutoff_has_half_a_horizon_of_history(config_of, cutoff):
    def oldest(history):
        return min(training_cutoffs(config_of(horizon=30), cutoff - timedelta(days=history), cutoff))

    # 30 days of labels, 8 and 15 more, 15 of history: the third cutoff just fits.
    assert oldest(60) == cutoff - timedelta(days=45)
    assert oldest(60 - MOMENT) == cutoff - timedelta(days=38)
    assert training_cutoffs(config_of(horizon=30), cutoff - timedelta(days=44), cutoff) == []


# Users

ORDERS = [
    "user_id ago amount",
    ("b", 5, 10),
    ("b", 50, 10),
    ("a", 20, 30),
    ("a", -5, 40),
    ("edge", 60, 1),
    ("idle", 60 + MOMENT, 1),
    ("at", 0, 1),
    ("after", -1, 1),
]


@pytest.fixture
def spine(con, config_of, tables_of, cutoff):
    """spine(cutoffs as days before CUTOFF, limit, built, orders=[…]): the Rows."""

    def make(ago=(0,), limit=None, built=None, **literals):
        cutoffs = [cutoff - timedelta(days=days) for days in ago]
        return rows(
            UserBase(config_of(literals), con, tables_of(**literals), {} if built is None else built), cutoffs, limit
        )

    return make


def users(found, index=0):
    return [user for user, at in zip(found.user_id.to_pylist(), found.cutoff, strict=True) if at == index]


def same(one, other):
    assert one.user_id.to_pylist() == other.user_id.to_pylist()
    assert one.features.keys() == other.features.keys()
    for name in one.features:
        np.testing.assert_array_equal(one.features[name], other.features[name], name)
    for name in ("cutoff", "churned", "value"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_eligible_is_who_came_within_the_days_before_the_cutoff(spine):
    assert users(spine(orders=ORDERS)) == ["a", "b", "edge"]


def test_rows_stand_in_the_order_of_cutoff_and_user(spine, cutoff):
    found = spine((10, 0), orders=ORDERS)
    assert found.cutoffs == (cutoff - timedelta(days=10), cutoff)
    assert found.cutoff.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert (users(found, 0), users(found, 1)) == (["a", "b", "edge", "idle"], ["a", "b", "edge"])


def test_features_and_labels_are_of_the_same_user_and_cutoff(spine):
    found = spine((10, 0), orders=ORDERS)
    # Ten days before, b's last order lay 40 days back and the next five ahead; at the cutoff a's next is five ahead.
    assert found.features["days_since_active"].tolist() == [10, 40, 50, 50 + MOMENT, 20, 5, 60]
    assert found.features["order_amount_total"].tolist() == [30, 10, 1, 1, 30, 20, 1]
    assert found.churned.tolist() == [0, 0, 1, 1, 0, 1, 1]
    assert found.value.tolist() == [40, 10, 0, 0, 40, 0, 0]
    assert found.matrix(["order_amount_total", "days_since_active"])[1].tolist() == [10, 40]


def test_a_user_who_signs_up_after_the_cutoff_is_not_there_yet(spine):
    people = ["user_id signup_ago", ("b", -1), ("edge", 0), ("a", MOMENT)]
    assert users(spine(orders=ORDERS, users=people)) == ["a"]


def test_rows_on_the_cutoff_or_after_it_change_no_feature(spine):
    before = [ORDERS[0], *(row for row in ORDERS[1:] if row[1] > 0)]
    later = [("a", 0, 99), ("b", 0, -99), ("edge", -1, 99), ("new", 0, 99), ("idle", -29, 99)]
    plain, found = spine(orders=before), spine(orders=[*before, *later])
    assert plain.user_id.to_pylist() == found.user_id.to_pylist()
    for name, column in plain.features.items():
        np.testing.assert_array_equal(column, found.features[name], name)
    # They are what labels are made of.
    assert plain.churned.tolist() == [1, 1, 1] and found.churned.tolist() == [0, 1, 0]


def test_what_was_built_before_is_taken_and_equal(spine, monkeypatch):
    built = {}
    first = spine((10, 0), built=built, orders=ORDERS)
    assert len(built) == 2
    same(spine((10, 0), built=built, orders=ORDERS), first)
    monkeypatch.setattr("training.rows.spine.run", None)  # so that building anything again would fail
    again = spine((0,), built=built, orders=ORDERS)
    assert users(again) == users(first, 1)
    with pytest.raises(TypeError):
        spine((20,), built=built, orders=ORDERS)


def test_what_was_built_without_a_column_that_is_asked_for_now_is_built_anew(spine):
    built = {}
    first = spine((0,), built=built, orders=ORDERS)
    ((key, part),) = built.items()
    built[key] = part.drop_columns(["gap_mean"])
    same(spine((0,), built=built, orders=ORDERS), first)
    assert "gap_mean" in built[key].column_names


def test_above_the_limit_the_same_users_are_taken_at_every_cutoff(spine):
    many = [ORDERS[0], *((f"u{number:03}", ago, 1) for number in range(300) for ago in (15, 35))]
    everybody, sample = spine((10, 0), orders=many), spine((10, 0), limit=200, orders=many)
    assert len(everybody) == 600 and 140 < len(sample) < 260
    assert users(sample, 0) == users(sample, 1)
    # Of a sample, too, every feature is what it was, those that depend on everybody included.
    kept = np.isin(everybody.user_id.to_pylist(), users(sample))
    for name, column in sample.features.items():
        np.testing.assert_array_equal(column, everybody.features[name][kept], name)


def test_the_sample_of_rows_that_are_there_is_the_one_that_would_have_been_built(spine):
    many = [ORDERS[0], *((f"u{number:03}", ago, 1) for number in range(300) for ago in (15, 35))]
    everybody, built = spine((10, 0), orders=many), spine((10, 0), limit=200, orders=many)
    same(fewer(everybody, 200), built)
    assert fewer(everybody, 200).share == built.share < 0.5
    assert fewer(everybody, 590) is everybody  # 600 are about as many


def test_at_the_limit_everybody_is_taken(spine):
    assert len(spine((10, 0), limit=7, orders=ORDERS)) == 7


def test_a_smaller_sample_is_part_of_a_larger_one(con, config_of, tables_of, cutoff):
    tables = tables_of(orders=[ORDERS[0], *((number, 5, 1) for number in range(400))]).tables

    def sample(share):
        return set(eligible(UserBase(config_of(), con, tables), cutoff, share)["user_id"].to_pylist())

    assert sample(0.2) < sample(0.6) < sample(1.0) == set(range(400))
    assert len(sample(0.6)) == pytest.approx(240, abs=40)


def test_nobody_is_no_error(spine):
    found = spine(orders=["user_id ago amount", ("after", -1, 1), ("gone", 100, 1)])
    assert len(found) == 0 and found.matrix(["days_since_active"]).shape == (0, 1)


def test_no_cutoff_is_told_in_one_line(con, config_of, tables_of):
    with pytest.raises(BadInput, match="no cutoff to learn from: .* shorten churn.horizon_days"):
        rows(UserBase(config_of(), con, tables_of(orders=ORDERS)), [])


# Scores


@pytest.fixture(scope="module")
def small(system):
    """The rows of 60 users of the trained base before its test cutoff, by table, as Arrow tables."""
    at = system.result.as_of

    def before(table):
        time = table.time if "time" in table.columns else table.signup_time
        return table.filter((table.user_id <= 60) & (time < at))

    return {name: system.con.to_pyarrow(before(table)) for name, table in system.tables.items()}


@pytest.fixture(scope="module")
def scored(system, small):
    """scored(later rows by table): the Rows of the small base with them, and the trained bundle's scores."""
    plans = []

    def compiled(*given):  # once: compiling takes longer than all the rest
        plans.append(plans[0] if plans else plan(*given))
        return plans[0]

    def make(later):
        tables = {}
        for name, table in small.items():
            more = pa.Table.from_pylist(later.get(name, []), table.schema)
            tables[name] = system.con.create_table(f"small_{name}", pa.concat_tables([table, more]), overwrite=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("training.rows.spine.plan", compiled)
            found = rows(system.over(tables), [system.result.as_of])
        return found, system.bundle.score(pa.table({name: found.features[name] for name in system.bundle.features}))

    return make


@pytest.fixture(scope="module")
def unchanged(scored):
    return scored({})


AHEAD = st.one_of(st.just(0), st.integers(0, 40 * 86_400_000_000))  # microseconds; the cutoff itself above all
USER = st.integers(1, 62)  # two of them new
LATER = st.fixed_dictionaries(
    {
        "orders": st.lists(st.tuples(USER, AHEAD, st.sampled_from([-50, 0, 1, 10_000])), max_size=8),
        "events": st.lists(
            st.tuples(USER, AHEAD, st.sampled_from(["visit", "checkout", "new kind", None])), max_size=8
        ),
        "users": st.lists(st.tuples(st.integers(61, 65), AHEAD), max_size=2),
    }
)


@settings(max_examples=10)  # each builds the features of a base
@example({"orders": [(user, 0, 50) for user in (1, 2, 61)], "events": [(1, 0, "visit")], "users": [(61, 0)]})
@given(later=LATER)
def test_rows_on_the_cutoff_or_after_it_change_no_feature_and_no_score(system, scored, unchanged, later):
    def at(ahead):
        return system.result.as_of + timedelta(microseconds=ahead)

    orders = [
        {"user_id": user, "time": at(ahead), "order_id": "x", "amount": amount, "items": 9, "refund": amount < 0}
        for user, ahead, amount in later["orders"]
    ]
    events = [{"user_id": u, "time": at(ahead), "event": event, "value": 9} for u, ahead, event in later["events"]]
    people = [{"user_id": user, "signup_time": at(ahead)} for user, ahead in later["users"]]
    (found, score), (plain, expected) = scored({"orders": orders, "events": events, "users": people}), unchanged
    assert len(plain) > 20 and found.user_id.to_pylist() == plain.user_id.to_pylist()
    for name, column in plain.features.items():
        np.testing.assert_array_equal(column, found.features[name], name)
    assert score.equals(expected)
