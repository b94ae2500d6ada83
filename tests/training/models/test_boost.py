"""Boosters are the same bytes whatever the threads, and learn from the rows they are told to and from no others."""

import lightgbm as lgb
import numpy as np
import pytest

from training.models.boost import FEW_ROUNDS, FEW_ROWS, ROUNDS, canonical, dataset, fit, predict, varying

NAMES = ["signal", "noise", "gaps", "whole"]
ROWS = 4000


@pytest.fixture(scope="module")
def features():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, len(NAMES)))
    matrix[random.random(ROWS) < 0.3, 2] = np.nan
    matrix[:, 3] = random.poisson(2, ROWS)
    return matrix


@pytest.fixture(scope="module")
def target(features):
    return (features[:, 0] + np.random.default_rng(1).normal(size=ROWS) > 0).astype(float)


@pytest.fixture(scope="module")
def learnt(features, target):
    """learnt(objective, …): the booster's text; always from the same binned data, as training does it."""
    data = dataset(features, NAMES)

    def make(objective="binary", target=target, threads=1, **extra):
        return fit(objective, data, target, seed=7, threads=threads, **extra)

    return make


OBJECTIVES = {
    "binary": {},
    "regression": {},
    "tweedie": {"tweedie_variance_power": 1.2},
    "multiclass": {"num_class": 3},
}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_bytes_are_the_same_on_one_thread_and_on_two(learnt, features, objective):
    one, two = (learnt(objective, threads=threads, **OBJECTIVES[objective]) for threads in (1, 2))
    assert one == two and "[num_threads: 0]" in one
    assert (predict(one, features, 1) == predict(one, features, 2)).all()


def test_only_the_number_of_threads_is_taken_out_of_the_text():
    text = "[seed: 7]\n[num_threads: 12]\n[num_iterations: 3]\nx [num_threads: 12]\n"
    assert canonical(text) == "[seed: 7]\n[num_threads: 0]\n[num_iterations: 3]\nx [num_threads: 12]\n"


def test_another_seed_is_another_booster(features, target):
    one, two = (fit("binary", dataset(features, NAMES), target, seed=seed, threads=1) for seed in (7, 8))
    assert one != two


def test_it_finds_the_signal(learnt, features, target):
    text = learnt()
    risk = predict(text, features, 1)
    assert ((risk > 0) & (risk < 1)).all() and risk.mean() == pytest.approx(target.mean(), abs=0.01)
    assert risk[target == 1].mean() - risk[target == 0].mean() > 0.2
    assert lgb.Booster(model_str=text).feature_name() == NAMES


def test_rows_outside_the_mask_do_not_matter(learnt, target):
    mask = np.arange(ROWS) % 3 > 0
    weight = np.linspace(1, 2, ROWS)
    odd_target, odd_weight = np.where(mask, target, 1 - target), np.where(mask, weight, 99)
    masked = learnt(mask=mask, weight=weight)
    assert learnt(target=odd_target, mask=mask, weight=odd_weight) == masked
    assert learnt(target=odd_target, weight=weight) != learnt(weight=weight) != masked != learnt(mask=mask)


def test_weights_count(learnt, target):
    even = predict(learnt(), np.zeros((1, 4)), 1)
    heavy = predict(learnt(weight=np.where(target == 1, 3.0, 1.0)), np.zeros((1, 4)), 1)
    assert heavy > even + 0.1


def test_models_that_share_their_data_leave_nothing_behind(learnt, target):
    # A mask, weights or labels of one model must not find their way into the next.
    first = learnt()
    learnt("tweedie", target=target * 9, mask=target == 1, weight=np.full(ROWS, 5.0), tweedie_variance_power=1.2)
    learnt("regression", target=-target, weight=np.linspace(0.1, 9, ROWS))
    assert learnt() == first


@pytest.mark.parametrize("rows, rounds", [(FEW_ROWS - 1, FEW_ROUNDS), (FEW_ROWS, ROUNDS)])
def test_few_rows_get_fewer_rounds(rows, rounds):
    column = np.arange(rows, dtype=float)[:, None]
    text = fit("binary", dataset(column, ["x"]), (column[:, 0] % 2), seed=7, threads=1, num_leaves=2)
    assert lgb.Booster(model_str=text).num_trees() == rounds


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_a_handful_of_rows_is_no_error(learnt, features, rows):
    # So many may be left of those who spent anything.
    text = learnt("regression", mask=np.arange(ROWS) < rows)
    assert np.isfinite(predict(text, features, 1)).all()


def test_columns_that_tell_nobody_apart_are_dropped():
    nan = np.nan
    columns = {
        "first": [1, 2, 3, 4],
        "constant": [5, 5, 5, 5],
        "nothing": [nan, nan, nan, nan],
        "again": [1, 2, 3, 4],
        "holes": [1, nan, 1, 1],
        "holes again": [1, nan, 1, 1],
        "other holes": [nan, 1, 1, 1],
        "zero": [0.0, 1, 1, 1],
        "minus zero": [-0.0, 1, 1, 1],
        "both zeros": [0.0, -0.0, 0.0, 0.0],
        "infinite": [np.inf, 1, 1, 1],
    }
    kept = varying(list(columns), np.column_stack(list(columns.values())))
    assert kept == ["first", "holes", "other holes", "zero", "infinite"]


def test_nulls_of_different_origin_are_one():
    # x86 makes negative NaNs of 0/0, where Arrow's nulls become positive ones.
    ours, theirs = np.array([1, np.nan]), np.array([1, -np.nan])
    assert ours.tobytes() != theirs.tobytes()
    assert varying(["a", "b"], np.column_stack([ours, theirs])) == ["a"]


def test_no_rows_vary_in_nothing():
    assert varying(["a"], np.empty((0, 1))) == []
