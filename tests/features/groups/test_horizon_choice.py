"""The churn horizon suggested is read off the gaps after which users came back, worked out by hand."""

from datetime import timedelta

import pytest

from features.groups.horizon_choice import Candidate, candidates, suggest
from features.user_base import UserBase


class Ends(dict):
    """Tables that say from when until when their logs reach."""

    def __init__(self, tables, begin, end):
        super().__init__(tables)
        self.observed_from, self.observed_until = begin, end


@pytest.fixture
def found(con, config_of, tables_of, cutoff):
    """found(*(user, days before the end of the logs)): the candidates by days."""

    def make(*orders, **settings):
        tables = tables_of(orders=["user_id ago amount", *((user, ago, 1) for user, ago in orders)])
        begin = cutoff - timedelta(days=max(ago for _, ago in orders))
        return {one.days: one for one in candidates(UserBase(config_of(**settings), con, Ends(tables, begin, cutoff)))}

    return make


def test_users_weigh_alike_however_often_they_come(found):
    often = [("often", ago) for ago in range(60, 161)]  # a hundred gaps of a day
    seldom = [("seldom", ago) for ago in (195, 150, 100)]  # gaps of 45 and 50 days
    once = [("once", 200)]
    by_days = found(*often, *seldom, *once)
    assert (by_days[30].users, by_days[30].longer) == (2, 0.5)
    assert by_days[45].longer == 0.25 and by_days[60].longer == 0
    assert max(by_days) == 60  # three of the next, 90 days, do not fit into 200


def test_churned_and_back_are_counted_two_horizons_before_the_end(found):
    # At 60 days before the end, for 30 days: a stays, b churns and comes back, c churns for good, d left long before.
    orders = [("a", 70), ("a", 31), ("b", 61), ("b", 30), ("c", 119), ("d", 121)]
    one = found(*orders)[30]
    assert (one.eligible, one.churned, one.back) == (3, 2, 1)


def test_the_configured_horizon_is_among_them(found):
    assert 17 in found(("a", 60), ("a", 40), horizon=17)
    assert 17 not in found(("a", 50), ("a", 40), horizon=17)


def test_logs_too_short_have_none(found):
    assert found(("a", 2.5), ("a", 1)) == {}


def test_nobody_came_back(found):
    one = found(("a", 100))[30]
    assert (one.users, one.longer, one.back) == (0, None, 0)


@pytest.mark.parametrize("share, days", [(0.5, 7), (0.2, 30), (0.05, None)])
def test_the_shortest_that_few_gaps_exceed_is_suggested(share, days):
    all_of_them = [Candidate(at, 100, longer, 9, 9, 9) for at, longer in ((7, 0.4), (30, 0.2), (90, 0.1))]
    best = suggest(all_of_them, share)
    assert (best and best.days) == days


def test_too_few_who_came_back_suggest_nothing():
    assert suggest([Candidate(7, 99, 0.0, 9, 9, 9), Candidate(9, 100, None, 9, 9, 9)], 0.1) is None
