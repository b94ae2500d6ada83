"""How many rounds the churn model learns for, judged at past cutoffs."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from training.models import boost, boosting_rounds

DAY = timedelta(days=1)
CUTOFFS = tuple(datetime(2026, 1, 1) + 7 * DAY * k for k in range(12))
USERS = 800
WINDOW = 28 * DAY


@pytest.fixture
def learned(rows_of, monkeypatch):
    """learned(told, limit): the settings for rows whose outcome follows from eight features, or, told=False, from
    none."""
    monkeypatch.setattr(boost, "ROUNDS", 40)
    monkeypatch.setattr(boost, "FEW_ROUNDS", 40)

    def make(told=True, many=5000):
        monkeypatch.setattr(boosting_rounds, "MANY_ROWS", many)
        random = np.random.default_rng(3)
        matrix = random.normal(size=(USERS * len(CUTOFFS), 8))
        odds = 1.5 * matrix.sum(axis=1) if told else np.zeros(len(matrix))
        churned = (random.random(len(matrix)) < 1 / (1 + np.exp(-odds))).astype(float)
        rows = rows_of(churned=churned, cutoff=np.repeat(np.arange(len(CUTOFFS)), USERS), cutoffs=CUTOFFS)
        data = boost.dataset(matrix, [f"f{k}" for k in range(8)])
        return boosting_rounds.settings(rows, data, matrix, WINDOW, seed=1, threads=1)

    return make


def test_rounds_double_where_past_users_were_told_better(learned):
    assert learned() == {"rounds": 80}


def test_rounds_stay_where_there_is_nothing_more_to_learn(learned):
    assert learned(told=False) == {}


def test_fewer_rows_are_not_even_asked(learned, monkeypatch):
    monkeypatch.setattr(boosting_rounds.churn, "train", None)  # so that asking would fail
    assert learned(many=USERS * len(CUTOFFS) + 1) == {}


def test_it_learns_only_from_windows_that_had_closed(learned, monkeypatch):
    seen, train = [], boosting_rounds.churn.train

    def spy(data, rows, *, mask, **given):
        seen.extend(np.unique(rows.cutoff[mask]).tolist())
        return train(data, rows, mask=mask, **given)

    monkeypatch.setattr(boosting_rounds.churn, "train", spy)
    learned()
    # Asked at the cutoffs 8 to 11; a window of four weeks that closes by cutoff 8 began at cutoff 4 or before.
    assert seen == [0, 1, 2, 3, 4]


def test_rows_of_one_user_count_as_one():
    change = np.array([1.0, 1, 0, 0])
    assert boosting_rounds._mean(change, np.array(["a", "a", "b", "b"])) == (0.5, pytest.approx(np.sqrt(2) / 4))
    assert boosting_rounds._mean(change, np.arange(4)) == (0.5, pytest.approx(0.25))
