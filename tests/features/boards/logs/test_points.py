"""Points add up by month and by user, and what is owed is what users hold."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from tests.features.boards.made import chosen, made, sight


def test_months_bands_and_money(con, config_of, tables_of, cutoff):
    rows = [
        ("a", 40, "earned", 100),  # 2025-11-22
        ("a", 35, "claimed", 60),
        ("a", 20, "spent", 30),  # December
        ("b", 20, "earned", 5),
        ("c", 45, "earned", 8),
        ("c", 10, "expired", 8),
        ("c", -1, "earned", 900),  # after the date
    ]
    tables = tables_of(points=["user_id ago kind points", *rows])
    config = config_of(["orders", "points"], points={"per_currency": 10})
    found = made(con, sight(con, config, cutoff, tables), "points")
    months = chosen(found[3:], "month", "users", "earned", "spent", "expired", "unclaimed", "balance", "liability")
    assert months == [
        (date(2025, 11, 1), 2, 108.0, 0.0, 0.0, 48.0, 108.0, 10.8),
        (date(2025, 12, 1), 3, 5.0, 30.0, 8.0, 53.0, 75.0, 7.5),
    ]
    assert chosen(found[3:], "redemption") == [(0.0,), (6.0,)]
    bands = chosen(found[:3], "part", "least", "most", "users", "balance", "unclaimed")
    assert bands == [
        ("balance", 0.0, 1.0, 1, 0.0, 8.0),  # c
        ("balance", 1.0, 10.0, 1, 5.0, 5.0),
        ("balance", 10.0, 100.0, 1, 70.0, 40.0),
    ]


def test_nothing_is_unclaimed_where_no_claims_are_told(con, config_of, tables_of, cutoff):
    tables = tables_of(points=["user_id ago kind points", ("a", 40, "earned", 100)])
    found = made(con, sight(con, config_of(["orders", "points"]), cutoff, tables), "points")
    assert chosen(found, "part", "unclaimed", "balance") == [("balance", 0.0, 100.0), ("month", 0.0, 100.0)]


def test_balances_are_those_of_a_walk_through_the_rows(con, config_of, tables_of, cutoff):
    rng = random.Random(4)
    kinds = ("earned", "earned", "claimed", "spent", "expired")
    rows = [
        (f"u{rng.randrange(9)}", rng.randrange(1, 200), rng.choice(kinds), rng.randrange(1, 40)) for _ in range(300)
    ]
    tables = tables_of(points=["user_id ago kind points", *rows])
    found = made(con, sight(con, config_of(["orders", "points"]), cutoff, tables), "points")
    held, by_month, users = 0, Counter(), defaultdict(int)
    for user, ago, kind, many in sorted(rows, key=lambda row: -row[1]):
        change = {"earned": many, "spent": -many, "expired": -many}.get(kind, 0)
        held, users[user] = held + change, users[user] + change
        by_month[(cutoff - timedelta(days=ago)).date().replace(day=1)] = held
    assert {row["month"]: row["balance"] for row in found if row["part"] == "month"} == by_month
    bands = [row for row in found if row["part"] == "balance"]
    assert sum(row["balance"] for row in bands) == held == pytest.approx(sum(users.values()))
    for row in bands:
        top = row["most"] if row["most"] is not None else float("inf")
        low = row["least"] if row["least"] else float("-inf")
        assert row["users"] == sum(low <= one < top for one in users.values())
