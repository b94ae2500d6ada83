"""Histories: who came how often, from when to when, and for how much; nothing of it after the cutoff."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.user_base import UserBase
from training.classical.purchase_history import histories

ORDERS = [
    "user_id ago amount",
    ("a", 100, 5),
    ("a", 99.9, 1),  # the same day: not another time
    ("a", 40, 3),
    ("a", 10, -2),
    ("a", 0, 50),  # on the cutoff: not before it
    ("b", 7, 9),
    ("c", 400, 1),
    ("c", 380, 2),
    ("d", -1, 4),
]


def found(histories):
    columns = (histories.frequency, histories.recency, histories.age, histories.value)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(histories.user_id.to_pylist(), rows, strict=True))


def test_histories_are_what_came_before_the_cutoff(con, config_of, tables_of, cutoff):
    tables = tables_of(orders=ORDERS)
    rows = found(histories(UserBase(config_of(), con, tables), cutoff))
    # The long idle are there too; who came later is not.
    assert rows == {"a": (2, 90, 100, 7), "b": (0, 0, 7, 9), "c": (1, 20, 400, 3)}
    later = found(histories(UserBase(config_of(), con, tables), cutoff + timedelta(days=2)))
    assert later["a"] == (3, 100, 102, 57) and later["d"] == (0, 0, 1, 4)


def test_short_horizons_count_hours(con, config_of, tables_of, cutoff):
    tables = tables_of(events=["user_id ago", ("a", 1), ("a", 1 - 5 / 24), ("a", 1 - 5.5 / 24), ("b", 2), ("b", 1.99)])
    config = config_of(("events",), horizon=7)
    rows = found(histories(UserBase(config, con, tables), cutoff))
    assert rows["a"] == (pytest.approx(1), pytest.approx(5.5 / 24), 1, 3)
    assert rows["b"] == (0, 0, 2, 2)  # two events within one hour are one time: the recency of one time is 0


def test_the_value_of_events_is_theirs(con, config_of, tables_of, cutoff):
    tables = tables_of(events=["user_id ago value", ("a", 50, 2), ("a", 3, None), ("b", 3, 1)])
    rows = found(histories(UserBase(config_of(("events",), value={"sum": "events.value"}), con, tables), cutoff))
    assert rows == {"a": (1, 47, 50, 2), "b": (0, 0, 3, 1)}


def test_users_are_found_by_their_id(con, config_of, tables_of, cutoff):
    everybody = histories(UserBase(config_of(), con, tables_of(orders=ORDERS).tables), cutoff)
    places = everybody.places(pa.chunked_array([["c"], ["a"]]))
    assert everybody.age[places].tolist() == [400, 100]
    with pytest.raises(KeyError, match="1 of 2 users have no history"):
        everybody.places(pa.chunked_array([["a", "d"]]))


def test_the_models_take_them(system):
    everybody = histories(system, system.result.as_of)
    assert (everybody.recency <= everybody.age).all() and (everybody.recency[everybody.frequency == 0] == 0).all()
    assert (everybody.age > 0).all() and np.isfinite(everybody.value).all()
    assert len(everybody.age) > len(system.result.test)
