"""What the boosters learn from follows from closed windows alone, and all is told."""

from dataclasses import replace

import numpy as np

from training.fit import level
from training.fit.history import History
from training.fit.train import training_rows


def test_by_default_everything_is_kept(system):
    learn = training_rows(system, system.result.as_of)
    found = level.ground(system.config, learn)
    assert found.kept is found.every and found.kept.rows is learn and found.history.cutoffs is None
    assert found.kept.matrix.shape == (len(learn), len(found.kept.names))
    assert set(found.plain()) == {"history", "shared_features", "drift"}
    assert system.result.bundle.features == found.kept.names


def test_a_shorter_history_keeps_the_newest_rows_and_all_for_the_trials(system, monkeypatch):
    learn = training_rows(system, system.result.as_of)
    monkeypatch.setattr(level.history, "choose", lambda past: History(2, {}, ()))
    found = level.ground(system.config, learn)
    assert found.kept.rows.cutoffs == learn.cutoffs[-2:] and found.every.rows is learn
    np.testing.assert_array_equal(found.kept.matrix, found.every.matrix[learn.cutoff >= len(learn.cutoffs) - 2])


def test_features_left_out_are_in_no_matrix(system, monkeypatch):
    learn = training_rows(system, system.result.as_of)
    some = system.result.bundle.features[:2]
    shared = level.base_features.choose(())
    monkeypatch.setattr(level.base_features, "choose", lambda past: replace(shared, left_out=some))
    found = level.ground(system.config, learn)
    assert not set(some) & set(found.kept.names) and found.kept.matrix.shape[1] == len(found.kept.names)
