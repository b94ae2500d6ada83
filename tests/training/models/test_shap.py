"""Contributions: woodelf's are LightGBM's own, whatever the values, and where they are not, LightGBM's are taken."""

import logging
import tracemalloc

import lightgbm as lgb
import numpy as np
import pytest

from training.models import boost, shap

HUGE = 1e300  # more than float32 holds
ROWS = 3000


@pytest.fixture(scope="module")
def matrix():
    """Random numbers with nulls in one column, whole numbers in another, and one that never had a null."""
    found = np.random.default_rng(5).normal(size=(ROWS, 5))
    found[::3, 1], found[:, 2] = np.nan, np.round(found[:, 2] * 3)
    return found


@pytest.fixture(scope="module")
def booster(matrix):
    score = np.nan_to_num(matrix[:, 1], nan=1.0) + np.sin(matrix[:, 0] * 2) + 0.5 * matrix[:, 2] * matrix[:, 3]
    data = boost.dataset(matrix, list("abcde"))
    return lgb.Booster(model_str=boost.fit("binary", data, (score > 0.3) * 1.0, seed=1, threads=1))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Batches and chunks small enough to try."""
    monkeypatch.setattr(shap, "WOODELF_ROWS", 200)
    monkeypatch.setattr(shap, "CHUNK", 700)


@pytest.fixture
def no_woodelf(monkeypatch):
    def fail(*_):
        raise AssertionError("woodelf was asked")

    monkeypatch.setattr(shap, "many", fail)


def test_many_rows_get_what_lightgbm_says(booster, matrix):
    assert np.abs(shap.many(booster, matrix, 1) - shap.own(booster, matrix)).max() <= shap.CLOSE


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, HUGE, -HUGE, 0.0, 1e-40])
def test_values_of_any_size_and_nulls_where_none_were_seen_are_the_same(booster, matrix, value):
    odd = matrix[:300].copy()
    for column in range(5):
        odd[column::7, column] = value
    assert np.abs(shap.many(booster, odd, 1) - shap.own(booster, odd)).max() <= shap.CLOSE


def test_the_threshold_itself_goes_the_same_way(booster):
    splits = booster.trees_to_dataframe().dropna(subset=["threshold"])
    splits = splits[splits.threshold.abs() > 1e-30]  # the two beside 0: LightGBM takes what is nearer to it for 0
    rows = np.zeros((len(splits), 5))
    rows[np.arange(len(splits)), [list("abcde").index(name) for name in splits.split_feature]] = splits.threshold
    assert np.abs(shap.many(booster, rows, 1) - shap.own(booster, rows)).max() <= shap.CLOSE


def test_they_add_up_to_the_prediction(booster, matrix):
    rest = booster.predict(matrix, raw_score=True) - shap.contributions(booster, matrix).sum(axis=1)
    assert rest == pytest.approx(np.full(ROWS, rest[0]), abs=1e-4)


def test_threads_change_no_byte(booster, matrix):
    assert (shap.contributions(booster, matrix, 3) == shap.contributions(booster, matrix, 1)).all()


def test_few_rows_are_left_to_lightgbm(booster, matrix, no_woodelf, caplog):
    assert (shap.contributions(booster, matrix[:199]) == shap.own(booster, matrix[:199])).all()
    assert not caplog.records


def test_where_they_differ_lightgbm_is_taken_and_the_log_says_so(booster, matrix, monkeypatch, caplog):
    monkeypatch.setattr(shap, "many", lambda booster, matrix, threads: shap.own(booster, matrix) + 0.01)
    assert (shap.contributions(booster, matrix) == shap.own(booster, matrix)).all()
    (said,) = caplog.messages
    assert "differ by 0.01 in log-odds, more than 0.0001; LightGBM's own are taken" in said


def test_a_single_number_that_is_none_counts_as_different(booster, matrix):
    found = shap.own(booster, matrix[:300]).copy()
    found[0, 0] = np.nan
    assert shap.difference(booster, matrix[:300], found) > shap.CLOSE


def test_what_woodelf_refuses_is_left_to_lightgbm(matrix, caplog):
    groups = np.arange(ROWS) % 9.0
    data = lgb.Dataset(groups[:, None], (groups % 2), categorical_feature=[0], params={"verbosity": -1})
    booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_per_group": 1}, data, 3)
    with caplog.at_level(logging.WARNING):
        found = shap.contributions(booster, groups[:, None])
    assert (found == shap.own(booster, groups[:, None])).all() and np.abs(found).max() > 0
    assert "categorical" in caplog.text and len(caplog.messages) == 1


def test_a_model_that_never_splits_has_no_reasons(matrix, caplog):
    data = boost.dataset(matrix, list("abcde"))
    booster = lgb.Booster(model_str=boost.fit("binary", data, np.ones(ROWS), seed=1, threads=1))
    assert (shap.contributions(booster, matrix) == 0).all()


def test_it_prints_nothing(booster, matrix, capfd, caplog):
    shap.contributions(booster, matrix)
    assert capfd.readouterr() == ("", "") and not caplog.records


def test_memory_beside_the_answer_follows_the_chunk_and_not_the_rows(matrix):
    data = boost.dataset(matrix, list("abcde")).set_label(np.nan_to_num(matrix[:, 1]) > 0)
    few = lgb.train(boost.SETTINGS | {"objective": "binary", "num_threads": 1}, data, 5)  # traced, Python is slow

    def beside(rows):
        tracemalloc.start()
        found = shap.many(few, rows, 1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - found.nbytes

    beside(matrix)  # what is imported and kept the first time
    assert beside(np.tile(matrix, (8, 1))) < 1.5 * beside(matrix)
