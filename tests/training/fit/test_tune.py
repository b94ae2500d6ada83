"""The search for settings learns only from closed windows, starts from the study's settings, and says what it lacks."""

import sys

import numpy as np
import pytest

from features.errors import BadInput
from features.user_base import UserBase
from training.evaluation.backtest import evaluate
from training.fit import tune
from training.fit.train import training_rows
from training.models.boost import FEW_ROUNDS, SETTINGS
from training.rows.labels import window


def with_minutes(config, minutes):
    return config.model_copy(update={"train": config.train.model_copy(update={"tune_minutes": minutes, "cutoffs": 8})})


@pytest.fixture(scope="module")
def learn(system):
    config = with_minutes(system.config, 0.03)
    return training_rows(UserBase(config, system.con, system.tables), system.result.as_of)


def test_off_by_default(system):
    assert tune.tuned(system, [system.result.as_of]) == {}


def test_without_optuna_one_line_says_what_to_install(system, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(BadInput, match=r"^train\.tune_minutes needs optuna; pip install 'holdfast\[tune\]'$"):
        tune.tuned(UserBase(with_minutes(system.config, 1), system.con, system.tables), [system.result.as_of])


def test_a_cutoff_is_predicted_from_windows_that_had_closed(system, learn):
    folds = tune.validation(system.config, learn)
    assert folds and all(learn.cutoffs[k] + window(system.config) <= system.result.as_of for k in folds)
    for k, known in folds.items():
        ends = np.array(learn.cutoffs)[learn.cutoff[known]] + window(system.config)
        assert known.any() and (ends <= learn.cutoffs[k]).all()


def test_only_windows_closed_by_the_earliest_test_are_asked_for(needs, system, monkeypatch):
    needs("optuna")
    asked = []
    monkeypatch.setattr(tune, "search", lambda config, learn, progress: asked.append(learn.cutoffs) or {"rounds": 60})
    tests = [result.as_of for result in system.results]
    config = with_minutes(system.config, 1)
    assert tune.tuned(UserBase(config, system.con, system.tables), tests) == {"rounds": 60}
    assert max(asked[0]) + window(config) <= min(tests)


@pytest.mark.parametrize("gain, chosen", [(tune.NOISE / 2, False), (tune.NOISE * 2, True)], ids=["noise", "gain"])
def test_the_settings_of_the_study_come_first_and_stay_unless_beaten(needs, system, learn, monkeypatch, gain, chosen):
    needs("optuna")
    tried, ticks = [], []
    monkeypatch.setattr(tune.churn, "train", lambda data, rows, **given: tried.append(given) or "")
    monkeypatch.setattr(tune.boost, "predict", lambda *_: np.zeros(1))
    monkeypatch.setattr(tune, "log_loss", lambda *_, **__: 0.5 - gain * ("rounds" in tried[-1]))
    found = tune.search(with_minutes(system.config, 0.01), learn, lambda *tick: ticks.append(tick))
    assert "rounds" not in tried[0] and "rounds" in tried[-1] and ticks[0][0] == "tuning"
    assert bool(found) is chosen and found.keys() <= {"rounds", *SETTINGS}


def test_a_short_search_on_a_small_base_fits_in_its_time(needs, system, learn):
    needs("optuna")
    found = tune.search(with_minutes(system.config, 0.03), learn)
    assert found == {} or found["rounds"] >= 50


def test_the_backtest_trains_with_what_was_found(system):
    config = with_minutes(system.config, 1)
    settings = {"rounds": FEW_ROUNDS // 2, "num_leaves": 3}
    result = evaluate(UserBase(config, system.con, system.tables), system.result.as_of, tuned=settings)
    assert result.bundle.trained_on["tuned"] == settings
    assert result.bundle.boosters["churn"].count("\nTree=") == FEW_ROUNDS // 2
    assert result.bundle.boosters["rank"].count("\nTree=") > FEW_ROUNDS // 2


def test_what_was_found_is_told_in_a_line():
    assert tune.describe({"rounds": 90, "learning_rate": 0.0312345}) == "tuned: rounds 90, learning_rate 0.0312"
    assert tune.describe({}) == "tuned: nothing beat the settings of the study by more than noise"
