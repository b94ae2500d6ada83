"""One row is predicted as it is among others, bit for bit."""

from concurrent.futures import ThreadPoolExecutor

import lightgbm as lgb
import numpy as np
import pytest

from training.models import boost
from training.models.single_row import Single

ROWS = 400


@pytest.fixture(scope="module")
def rows():
    found = np.random.default_rng(3).normal(size=(ROWS, 6))
    found[::7, 2] = np.nan
    return found


def booster(rows, objective, target, **extra):
    data = boost.dataset(rows, [f"f{k}" for k in range(6)])
    text = boost.fit(objective, data, target, seed=1, threads=1, rounds=20, min_data_in_leaf=5, **extra)
    return lgb.Booster(model_str=text)


@pytest.fixture(scope="module")
def boosters(rows):
    total = np.nan_to_num(rows).sum(axis=1)
    return {
        "binary": booster(rows, "binary", (total > 0).astype(float)),
        "regression": booster(rows, "regression", total),
        "multiclass": booster(rows, "multiclass", np.digitize(total, [-1, 1]).astype(float), num_class=3),
    }


@pytest.mark.parametrize("name", ["binary", "regression", "multiclass"])
def test_a_row_alone_is_predicted_as_among_others(boosters, rows, name):
    one, expected = Single(boosters[name]), boosters[name].predict(rows)
    assert all(np.array_equal(one(row), np.atleast_1d(many)) for row, many in zip(rows, expected, strict=True))


def test_a_row_alone_is_explained_as_among_others(boosters, rows):
    one, expected = Single(boosters["binary"], contributions=True), boosters["binary"].predict(rows, pred_contrib=True)
    assert all(np.array_equal(one(row), many) for row, many in zip(rows, expected, strict=True))


def test_threads_that_share_it_get_their_own_rows(boosters, rows):
    one, expected = Single(boosters["multiclass"]), boosters["multiclass"].predict(rows)
    with ThreadPoolExecutor(8) as pool:
        assert np.array_equal(np.array(list(pool.map(one, rows))), expected)


@pytest.mark.parametrize("row", [np.zeros(5), np.zeros((1, 6)), np.zeros(6, np.float32), np.zeros(12)[::2]])
def test_what_is_no_row_never_reaches_the_library(boosters, row):
    with pytest.raises(ValueError, match="one row of 6 float64"):
        Single(boosters["binary"])(row)
