"""What happened after a cutoff, worked out by hand on logs of a few rows."""

from datetime import timedelta

import pyarrow as pa
import pytest

from features.errors import BadInput
from features.user_base import UserBase
from training.rows.labels import horizon_labels, labels, window

MOMENT = 1 / 86_400_000_000  # a microsecond, in days
ORDERS = [
    "user_id ago amount",
    ("before", MOMENT, 5),
    ("at", 0, 5),
    ("last", MOMENT - 30, 5),
    ("end", -30, 5),
    ("refund", -3, -5),
    ("twice", -1, 5),
    ("twice", -2, 2.5),
    ("back", -1, 5),
    ("back", -2, -2.5),
]


@pytest.fixture
def found(con, config_of, tables_of, cutoff):
    """found(orders=[…], churn={…}, value={…}): user → (churned, value), for every user of the tables and 'nil'."""

    def make(ahead=60, users=None, churn=None, value=None, **literals):
        config = config_of(literals, churn=churn, **({"value": value} if value else {}))
        tables = tables_of(ahead, **literals)
        users = users or sorted({row[0] for _, *rows in literals.values() for row in rows} | {"nil"})
        asked = pa.table({"user_id": users, "other": users})
        table = labels(UserBase(config, con, tables), tables.observed_until, cutoff, asked)
        assert table.column_names == ["user_id", "churned", "days_to_return", "value"] and table.num_rows == len(users)
        return {row["user_id"]: (row["churned"], row["value"]) for row in table.to_pylist()}

    return make


def test_the_window_holds_the_cutoff_and_not_its_own_end(found):
    churned = {user: gone for user, (gone, _) in found(orders=ORDERS).items()}
    assert not churned["at"] and not churned["last"]
    assert churned["before"] and churned["end"]


def test_value_is_what_was_spent_less_what_was_given_back(found):
    value = {user: worth for user, (_, worth) in found(orders=ORDERS).items()}
    assert value == {
        "before": 0, "at": 5, "last": 5, "end": 0, "refund": -5, "twice": 7.5, "back": 2.5, "nil": 0,
    }  # fmt: skip


def test_a_refund_alone_is_no_activity(found):
    assert found(orders=ORDERS)["refund"] == (True, -5)


def test_a_user_without_rows_has_churned_and_is_worth_nothing(found):
    assert found(orders=ORDERS)["nil"] == (True, 0)


def test_only_the_users_given_are_answered_each_once(found):
    assert found(orders=ORDERS, users=["twice", "nil"]) == {"twice": (False, 7.5), "nil": (True, 0)}


def test_value_has_a_horizon_of_its_own(found):
    orders = ["user_id ago amount", ("soon", -5, 1), ("late", -45, 2), ("later", -60, 4)]
    assert found(orders=orders, value={"horizon_days": 60}) == {
        "soon": (False, 1),
        "late": (True, 2),
        "later": (True, 0),
        "nil": (True, 0),
    }


def test_what_happens_in_the_label_gap_counts_for_nothing(found):
    # Seven days to act: the window is [cutoff + 7, cutoff + 37), for churn and for value.
    orders = ["user_id ago amount", ("gap", MOMENT - 7, 1), ("begin", -7, 2), ("last", MOMENT - 37, 4), ("end", -37, 8)]
    answer = found(orders=orders, churn={"gap_days": 7})
    assert answer == {"gap": (True, 0), "begin": (False, 2), "last": (False, 4), "end": (True, 0), "nil": (True, 0)}


@pytest.mark.parametrize("gap", [0, 7, 0.5])
def test_a_window_with_a_gap_closes_so_much_later(config_of, found, gap):
    days = window(config_of(churn={"gap_days": gap})) / timedelta(days=1)
    assert days == 30 + gap
    assert found(ahead=days, orders=ORDERS, churn={"gap_days": gap})
    with pytest.raises(BadInput, match="its label window closes"):
        found(ahead=days - MOMENT, orders=ORDERS, churn={"gap_days": gap})


EVENTS = [
    "user_id ago event value",
    ("in", -1, "login", 3),
    ("in", -2, "view", None),
    ("looks", -2, "view", 4),
    ("idle", 2, "login", 1),
    ("end", -30, "login", 1),
]


def test_one_kind_of_event_can_be_the_activity(found):
    churned = found(events=EVENTS, churn={"activity": ["events:login"]})
    assert {user for user, (gone, _) in churned.items() if not gone} == {"in"}


def test_two_activities_count_once_a_user(found):
    orders = ["user_id ago amount", ("in", -1, 5), ("buys", -1, 5)]
    churned = found(orders=orders, events=EVENTS, churn={"activity": ["orders", "events:view"]})
    assert {user for user, (gone, _) in churned.items() if not gone} == {"in", "buys", "looks"}
    assert churned["in"] == (False, 5)


@pytest.mark.parametrize("total, expected", [("events", (2, 1, 0)), ("events.value", (3, 4, 0))])
def test_value_may_be_a_count_or_a_sum_of_events(found, total, expected):
    answer = found(events=EVENTS, value={"sum": total})
    assert tuple(answer[user][1] for user in ("in", "looks", "idle")) == expected


@pytest.mark.parametrize("value", [{"horizon_days": 10}, {"horizon_days": 45}], ids=["shorter", "longer"])
def test_a_window_that_has_not_closed_is_refused(config_of, found, value):
    # The longer of both horizons has to be over: to the day it is, a microsecond earlier it is not.
    days = window(config_of(value=value)).days
    assert found(ahead=days, orders=ORDERS, value=value)["at"] == (False, 5)
    with pytest.raises(BadInput) as error:
        found(ahead=days - MOMENT, orders=ORDERS, value=value)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("as-of 2026-01-01 00:00: its label window closes 2026-")
    assert "take an as-of at or before 2025-12-31 23:59" in str(error.value)


def test_the_window_is_the_longer_horizon(config_of):
    assert window(config_of(horizon=30, value={"horizon_days": 90})) == timedelta(days=90)
    assert window(config_of(horizon=0.5, value={"horizon_days": 0.25})) == timedelta(hours=12)


# Returns: how long until the first activity


@pytest.fixture
def returned(con, config_of, tables_of, cutoff):
    """returned(ahead=90): user → days until the first order, looked for over 60 days."""
    orders = ["user_id ago amount", ("at", 0, 5), ("twice", -9, 5), ("twice", -2.5, 5), ("refund", -3, -5)]
    orders += [("H", -30, 5), ("late", MOMENT - 60, 5), ("end", -60, 5), ("before", 1, 5)]

    def make(ahead=90):
        config, tables = config_of(churn={"curve_days": [7, 60]}), tables_of(ahead, orders=orders)
        asked = pa.table({"user_id": sorted({row[0] for row in orders[1:]})})
        table = labels(UserBase(config, con, tables), tables.observed_until, cutoff, asked)
        return {row["user_id"]: (row["days_to_return"], row["churned"]) for row in table.to_pylist()}

    return make


def test_a_return_is_looked_for_over_the_longest_horizon_of_the_curve(returned):
    assert returned() == {
        "at": (0, False), "twice": (2.5, False), "refund": (None, True), "H": (30, True),
        "late": (pytest.approx(60 - MOMENT, abs=1e-12), True), "end": (None, True), "before": (None, True),
    }  # fmt: skip


def test_no_return_is_told_after_the_logs_end(returned):
    assert returned(ahead=31) == returned() | {"late": (None, True)}


# Several horizons ahead


@pytest.fixture
def ahead(con, config_of, tables_of, cutoff):
    """ahead(windows, until=90): user → (active in window 1, 2, …, value)."""
    orders = ["user_id ago amount", ("at", 0, 5), ("edge", -30, 5), ("edge", MOMENT - 60, 2), ("third", -89, 9)]
    orders += [("refund", -3, -5), ("before", MOMENT, 5), ("after", -90, 5)]

    def make(windows, until=90):
        tables = tables_of(until, orders=orders)
        asked = pa.table({"user_id": sorted({row[0] for row in orders[1:]})})
        table = horizon_labels(UserBase(config_of(), con, tables), tables.observed_until, cutoff, asked, windows)
        return {user: tuple(rest) for user, *rest in zip(*table.to_pydict().values(), strict=True)}

    return make


def test_every_window_begins_where_the_one_before_ends(ahead):
    nothing = (False, False, False)
    assert ahead(3) == {
        "at": (True, False, False, 5), "edge": (False, True, False, 7), "third": (False, False, True, 9),
        "refund": (*nothing, -5), "before": (*nothing, 0), "after": (*nothing, 0),
    }  # fmt: skip
    assert ahead(1)["edge"] == (False, 0) and ahead(2)["third"] == (False, False, 0)


def test_windows_that_have_not_all_closed_are_refused(ahead):
    assert ahead(3, until=90)["third"][2]
    with pytest.raises(BadInput, match="3 horizons close 2026-04-01 00:00, after the logs end") as error:
        ahead(3, until=90 - MOMENT)
    assert "\n" not in str(error.value)
