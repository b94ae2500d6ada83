"""Ways to train are compared at windows that had closed, by what was known then, and only beyond noise."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy.special import expit

from training.fit.closed_windows import MOST_ROWS, Past, Way, better, change, try_ways
from training.models import boost

DAY = timedelta(days=1)
START = datetime(2024, 1, 1)
ROUNDS = {"rounds": 10}
WAYS = {"all": Way(settings=ROUNDS), "newest 2": Way(2, ROUNDS), "newest 50": Way(50, ROUNDS)}


@pytest.fixture
def moved(rows_of):
    """moved(count): rows at so many cutoffs, a week apart; from the tenth on, ``x`` means the opposite."""

    def make(count=16, users=300, from_=10):
        rng = np.random.default_rng(1)
        at = np.repeat(np.arange(count), users)
        x = rng.normal(size=len(at))
        churned = rng.random(len(at)) < expit(np.where(at >= from_, -2, 2) * x)
        return rows_of(churned=churned, cutoff=at, cutoffs=[START + 7 * DAY * k for k in range(count)], x=x)

    return make


def tried(rows, ways=WAYS, window=14 * DAY):
    matrix = rows.matrix(["x"])
    return try_ways(rows, boost.dataset(matrix, ["x"]), matrix, window, ways, seed=7, threads=1)


def test_the_newest_windows_half_a_horizon_apart_are_judged(moved):
    found = tried(moved())
    assert [one.cutoff for one in found] == [START + 7 * DAY * k for k in (11, 13, 15)]
    assert all(len(one.users) == len(one.churned) == len(one.loss["newest 2"]) == 300 for one in found)


def test_what_had_not_closed_by_then_changes_nothing(moved):
    rows = moved()
    before = tried(rows)[0]  # at the cutoff 11, windows up to the cutoff 9 had closed
    late = rows.cutoff >= 10
    turned = replace(rows, churned=np.where(late, 1.0 - rows.churned, rows.churned))
    assert tried(turned)[0].risk == before.risk


def test_a_way_with_more_cutoffs_than_there_are_is_the_first(moved):
    (*_, last) = tried(moved())
    assert last.loss["newest 50"] is last.loss["all"] and last.risk["newest 50"] == last.risk["all"]


def test_where_habits_turned_the_newest_cutoffs_win_and_elsewhere_they_do_not(moved):
    assert better(tried(moved(from_=10)), "newest 2", "all", 0.005)
    assert not better(tried(moved(from_=99)), "newest 2", "all", 0.005)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_cutoffs_judge_nothing(moved, count):
    assert tried(moved(count)) == () and not better((), "newest 2", "all", 0.005)


def past(*losses, users=100):
    """A past cutoff for each pair: the losses of a and of b, alike for all users but for a ripple."""
    ripple = np.tile([0.01, -0.01], users // 2)
    return tuple(
        Past(START, np.arange(users), np.zeros(users), {"a": np.full(users, a), "b": b + ripple}, {}) for a, b in losses
    )


@pytest.mark.parametrize(
    ("losses", "clear"),
    [
        ([(0.5, 0.4), (0.5, 0.4)], True),
        ([(0.5, 0.496), (0.5, 0.496)], False),  # less than the gain asked for
        ([(0.5, 0.4), (0.5, 0.51)], False),  # not at the newest
        ([(0.5, 0.6), (0.5, 0.3)], False),  # worse before
        ([(0.5, 0.4)], True),
    ],
)
def test_better_is_at_the_newest_and_over_all(losses, clear):
    assert better(past(*losses), "b", "a", 0.005) is clear


def test_the_error_counts_a_user_once():
    # The ripple is the same at both cutoffs: two looks at the same users are no surer than one.
    one, two = past((0.5, 0.4)), past((0.5, 0.4), (0.5, 0.4))
    assert change(one, "b", "a") == pytest.approx((-0.1, 0.001))
    assert change(two, "b", "a") == pytest.approx((-0.1, 0.001))


def test_many_rows_are_sampled_by_user(moved, monkeypatch):
    monkeypatch.setattr("training.fit.closed_windows.MOST_ROWS", 1600)
    assert MOST_ROWS == 20_000 and tried(moved())[-1].risk["all"] > 0
