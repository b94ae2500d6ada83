"""The churn model, and how much a season's rows weigh."""

from datetime import datetime, timedelta
from math import exp

import numpy as np
import pytest

from training.models import boost, churn

TEST = datetime(2026, 1, 1)
YEAR = 365.25


@pytest.fixture
def weights(rows_of):
    """weights(days before TEST, …): one weight for every row, of which there are two a cutoff."""

    def make(*ago):
        cutoffs = tuple(TEST - timedelta(days=days) for days in sorted(ago, reverse=True))
        return churn.season_weight(rows_of(cutoff=np.repeat(np.arange(len(ago)), 2), cutoffs=cutoffs), TEST)

    return make


def test_rows_of_the_same_season_count_most(weights):
    # cos is 1 after a whole year, 0 after a quarter more, -1 after a half.
    found = weights(1.5 * YEAR, 1.25 * YEAR, YEAR, 0.5 * YEAR)
    assert found == pytest.approx(np.repeat([exp(-2), exp(-1), 1, exp(-2)], 2))


@pytest.mark.parametrize("ago", [(400,), (90, 120), (90, 390)], ids=["one", "a month", "300 days"])
def test_a_short_span_has_no_seasons(weights, ago):
    assert weights(*ago) is None


def test_a_day_more_than_300_has(weights):
    assert weights(90, 391).shape == (4,)


def test_the_risk_rises_with_what_makes_users_leave(rows_of):
    random = np.random.default_rng(0)
    silence = random.exponential(30, 3000)
    rows = rows_of(churned=silence + random.normal(0, 10, 3000) > 30, silence=silence)
    data = boost.dataset(rows.matrix(["silence"]), ["silence"])
    text = churn.train(data, rows, seed=7, threads=1, weight=None)
    risk = boost.predict(text, np.array([[1.0], [30.0], [90.0]]), 1)
    assert 0 < risk[0] < 0.2 < risk[1] < 0.8 < risk[2] < 1
