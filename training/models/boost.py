"""How every LightGBM model here is trained: regularised, and with the same bytes on any number of threads.

The settings come from the study, see docs/explanation/protocol.md.
"""

import re
from collections.abc import Sequence
from typing import Any

import lightgbm as lgb
import numpy as np

# Chosen on real logs; the README shows what they reach. Few rows get fewer rounds: more would learn noise.
SETTINGS: dict[str, Any] = {
    "learning_rate": 0.04,
    "num_leaves": 7,
    "min_data_in_leaf": 100,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.3,
    "lambda_l2": 5.0,
    "feature_pre_filter": False,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
ROUNDS, FEW_ROUNDS, FEW_ROWS = 200, 110, 6000


def dataset(features: np.ndarray, names: Sequence[str]) -> lgb.Dataset:
    """Features of shape (rows, columns), NaN = null, binned once for all models that learn from them."""
    settings = {key: SETTINGS[key] for key in ("deterministic", "force_row_wise", "verbosity", "feature_pre_filter")}
    return lgb.Dataset(features, feature_name=list(names), params=settings, free_raw_data=True).construct()


def fit(
    objective: str,
    data: lgb.Dataset,
    target: np.ndarray,
    *,
    seed: int,
    threads: int,
    weight: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    rounds: int | None = None,
    **extra: Any,
) -> str:
    """Train one booster and return it as text.

    target, weight (or None), mask (which rows to learn from; None = all): one entry per row of the data. rounds: the
    default depends on the number of rows. extra: LightGBM settings, which replace those in ``SETTINGS``.
    """
    if mask is not None:
        data, target = data.subset(np.flatnonzero(mask)), target[mask]
        weight = None if weight is None else weight[mask]
    rounds = rounds or (ROUNDS if len(target) >= FEW_ROWS else FEW_ROUNDS)
    leaf = min(SETTINGS["min_data_in_leaf"], max(len(target) // 20, 1))
    given = {"objective": objective, "seed": seed, "num_threads": threads, "min_data_in_leaf": leaf}
    settings = SETTINGS | given | {"bagging_freq": int(len(target) > 1)} | extra  # one row cannot be bagged
    data.construct().set_label(target).set_field("weight", weight)  # set_weight(None) would keep the old weights
    booster = lgb.train(settings, data, num_boost_round=rounds)
    return canonical(booster.model_to_string())


def canonical(text: str) -> str:
    """A model's text without the number of threads it was trained on, which depends on the machine."""
    return re.sub(r"^\[num_threads: .*\]$", "[num_threads: 0]", text, flags=re.MULTILINE)


def varying(names: Sequence[str], matrix: np.ndarray) -> list[str]:
    """The columns that can tell users apart: not constant, and not equal to an earlier column."""
    kept, seen = [], set()
    for name, column in zip(names, matrix.T, strict=True):
        filled = np.nan_to_num(column, nan=-1.7e308) + 0.0  # NaNs, and zeros, can differ in their bytes
        content = filled.tobytes()
        if len(column) and (filled != filled[0]).any() and content not in seen:
            seen.add(content)
            kept.append(name)
    return kept


def predict(text: str, features: np.ndarray, threads: int, rounds: int | None = None) -> np.ndarray:
    """Predictions of a booster given as text. rounds: use only the first ones; default all."""
    return np.asarray(lgb.Booster(model_str=text).predict(features, num_threads=threads, num_iteration=rounds))
