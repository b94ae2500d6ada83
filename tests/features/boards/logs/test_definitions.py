"""The definition lab counts what `holdfast check` counts, and what the churned had brought in."""

import random
from datetime import timedelta

import pytest

from features.groups.horizon_choice import candidates, suggest
from features.user_base import UserBase
from tests.features.boards.made import chosen, made, sight
from tests.features.groups.test_horizon_choice import Ends


def test_churned_back_and_lost_by_hand(con, config_of, tables_of, cutoff):
    # At 60 days before, for 30 days: a stays; b churns and comes back; c churns for good.
    orders = [("a", 70, 1), ("a", 31, 2), ("b", 61, 10), ("b", 30, 4), ("c", 90, 5), ("c", 100, 70), ("old", 200, 1)]
    tables = tables_of(orders=["user_id ago amount", *orders])
    found = made(con, sight(con, config_of(horizon=30), cutoff, tables), "definitions")
    assert chosen(found, "days", "role") == [(30.0, "configured"), (60.0, None)]
    assert chosen(found[:1], "eligible", "churned", "back", "value_lost") == [(3, 2, 1, 15.0)]
    assert chosen(found[:1], "churn_rate", "back_rate", "suggested") == [(2 / 3, 0.5, None)]


def test_it_agrees_with_check_day_for_day(con, config_of, tables_of, cutoff):
    rng = random.Random(2)
    orders = [(f"u{rng.randrange(150)}", round(rng.triangular(0.1, 300, 40), 3), 1) for _ in range(900)]
    orders += [("edge", 0.0001, 1), ("edge", 300, 1)]
    tables = tables_of(orders=["user_id ago amount", *orders])
    config = config_of(horizon=45, project={"timezone": "Asia/Shanghai"}, quality={"false_churn": 0.3})
    found = made(con, sight(con, config, cutoff, tables), "definitions")
    known = UserBase(config, con, Ends(tables, cutoff - timedelta(days=300), cutoff))
    there = {one.days: one for one in candidates(known)}
    assert [row["days"] for row in found] == [30.0, 45.0, 60.0, 90.0]
    for row in found:
        one = there[row["days"]]
        assert (row["eligible"], row["churned"], row["back"]) == (one.eligible, one.churned, one.back)
        assert row["longer"] == pytest.approx(one.longer)
        assert row["suggested"] == suggest([*there.values()], 0.3).days
