"""An optional search for better LightGBM settings of the churn model (Optuna), for as long as ``train.tune_minutes``.

Trials are validated out of time: a model predicts each of the latest training cutoffs from the windows that had closed
by then. How many trials fit into the time depends on the machine, so tuned runs can differ; the chosen settings are
printed and kept in the bundle (``trained_on``: tuned).

The default settings come from the study, see docs/explanation/protocol.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import numpy as np
from sklearn.metrics import log_loss

from features.config import Config
from features.engine.duckdb_session import threads
from features.errors import BadInput
from features.progress import Progress, silent
from features.user_base import UserBase
from training.fit.train import training_rows
from training.models import boost, churn, monotone
from training.rows import text_codes
from training.rows.labels import window
from training.rows.spine import PER_HORIZON, Rows, by_calendar

NOISE = 0.001  # of log loss, over seeds; settings that gain less are no better than the defaults
FOLDS = 3


def tuned(base: UserBase, tests: Sequence[datetime], progress: Progress = silent) -> dict[str, Any]:
    """Settings for ``train.fit`` at these test cutoffs and later, found on windows closed by the first of them.

    Empty where the defaults stay. Raises BadInput where Optuna is not installed.
    """
    if not base.config.train.tune_minutes:
        return {}
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise BadInput("train.tune_minutes needs optuna; pip install 'holdfast[tune]'") from None
    return search(base.config, training_rows(base, min(tests), progress), progress)


def search(config: Config, learn: Rows, progress: Progress = silent) -> dict[str, Any]:
    """The settings with the lowest log loss out of time.

    The first trial has the default settings. Empty where no trial beats them by more than noise, or where no cutoff has
    enough closed windows before it.
    """
    import optuna

    folds, seconds = validation(config, learn), config.train.tune_minutes * 60
    if not folds:
        return {}
    encodings = text_codes.fit(learn.features, learn.user_id, config.train.least_count)
    names = boost.varying(list(learn.features), learn.matrix(list(learn.features), encodings))
    matrix, cores, start = learn.matrix(names, encodings), threads(config), monotonic()
    data, held = boost.dataset(matrix, names), monotone.settings(config, names, encodings)

    def loss(trial: Any) -> float:
        given = space(trial)
        settings = held | (given if trial.number else {})
        found = []
        for k, known in folds.items():
            weight, at = churn.season_weight(learn, learn.cutoffs[k]), learn.cutoff == k
            fixed: dict[str, Any] = {"seed": config.train.seed, "threads": cores, "weight": weight, "mask": known}
            risk = boost.predict(churn.train(data, learn, **fixed, **settings), matrix[at], cores)
            found.append(log_loss(learn.churned[at], risk, labels=[0, 1]))
        return float(np.mean(found))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=config.train.seed))
    fewest = min(int(known.sum()) for known in folds.values())
    rounds = boost.ROUNDS if fewest >= boost.FEW_ROWS else boost.FEW_ROUNDS
    keys = ("learning_rate", "num_leaves", "min_data_in_leaf", "bagging_fraction", "feature_fraction", "lambda_l2")
    study.enqueue_trial({"rounds": rounds} | {key: boost.SETTINGS[key] for key in keys})
    ticks = [lambda *_: progress("tuning", min(int(monotonic() - start), int(seconds)), int(seconds))]
    study.optimize(loss, timeout=seconds, callbacks=ticks)
    default = study.trials[0].value
    assert default is not None  # it has run, or optimize would have raised
    return dict(study.best_params) if default - study.best_value > NOISE else {}


def space(trial: Any) -> dict[str, Any]:
    """The settings of a trial."""
    return {
        "rounds": trial.suggest_int("rounds", 50, 600),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 3, 63, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 500, log=True),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.1, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
    }


def validation(config: Config, learn: Rows) -> dict[int, np.ndarray]:
    """The cutoffs to validate on, the latest ones, a horizon apart: index → which rows were known by then."""
    cutoffs = np.array(by_calendar(config, learn).cutoffs)
    found: dict[int, np.ndarray] = {}
    for k in range(len(cutoffs) - 1, -1, -PER_HORIZON):
        known = np.isin(learn.cutoff, np.flatnonzero(cutoffs + window(config) <= cutoffs[k]))
        gone = int(learn.churned[known].sum())
        if (
            (learn.cutoff == k).any()
            and min(gone, int(known.sum()) - gone) >= churn.FEWEST_OF_EITHER
            and len(found) < FOLDS
        ):
            found[k] = known
    return found


def describe(settings: Mapping[str, Any]) -> str:
    """The tuned settings in a line of text."""
    chosen = ", ".join(f"{key} {one:.3g}" for key, one in settings.items())
    return f"tuned: {chosen or 'nothing beat the settings of the study by more than noise'}"
