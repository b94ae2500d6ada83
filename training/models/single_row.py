"""Predictions for one row by LightGBM's single-row interface, in a fifth of the time of ``Booster.predict``.

The C library has this interface, the Python package does not. Predictions are the same, bit for bit.
"""

import ctypes
from collections.abc import Mapping
from threading import Lock
from typing import Any

import lightgbm as lgb
import numpy as np
from lightgbm.basic import _LIB, _safe_call

from features.errors import BadInput
from training.models import boost, shap

NORMAL, CONTRIBUTIONS = 0, 3  # LightGBM's C_API_PREDICT_…
FLOAT64 = 1


class Single:
    """One booster's predictions, or contributions, for one row at a time. Threads may share it."""

    def __init__(self, booster: lgb.Booster, contributions: bool = False):
        features = booster.num_feature()
        self._booster, self._features, self._lock = booster, features, Lock()
        self._config, self._length = ctypes.c_void_p(), ctypes.c_int64()
        each = features + 1 if contributions else 1
        self._found = np.empty(booster.num_model_per_iteration() * each)
        self._to = self._found.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        kind = CONTRIBUTIONS if contributions else NORMAL
        numbers = [ctypes.c_int(number) for number in (kind, 0, -1, FLOAT64, features)]
        _safe_call(
            _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle, *numbers, b"num_threads=1", ctypes.byref(self._config)
            )
        )

    def __call__(self, row: np.ndarray) -> np.ndarray:
        """What ``Booster.predict`` gives for this row: a number, one per class, or one per feature and the base value.

        row: float64, shape (features,).
        """
        if row.shape != (self._features,) or row.dtype != np.float64 or not row.flags.c_contiguous:
            raise ValueError(f"one row of {self._features} float64 is needed, not {row.dtype} {row.shape}")
        with self._lock:
            _safe_call(
                _LIB.LGBM_BoosterPredictForMatSingleRowFast(
                    self._config, ctypes.c_void_p(row.ctypes.data), ctypes.byref(self._length), self._to
                )
            )
            return self._found.copy()

    def __del__(self) -> Any:
        if self._config:
            _LIB.LGBM_FastConfigFree(self._config)


class Boosters:
    """The models of a bundle, loaded from their texts by name. One row goes the fast way.

    The texts are sound, see ``model_text_check``. Raises BadInput where LightGBM reads another model than is written.
    """

    def __init__(self, texts: Mapping[str, str]):
        self.loaded = {name: _load(name, text) for name, text in texts.items()}
        self._singles: dict[tuple[str, bool], Single] = {}

    def predict(self, name: str, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
        """Predictions of a model for at least one row: shape (rows,), or (rows, classes) for several classes."""
        if len(matrix) == 1:
            found = self._single(name, False)(matrix[0])
            return found if len(found) == 1 else found[None]
        return np.asarray(self.loaded[name].predict(matrix, num_threads=threads))

    def contributions(self, name: str, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
        """SHAP contributions to a model's raw score, shape (rows, features); without the base value."""
        if len(matrix) == 1:
            return self._single(name, True)(matrix[0])[None, :-1]
        return shap.contributions(self.loaded[name], matrix, threads)

    def _single(self, name: str, contributions: bool) -> Single:
        if (name, contributions) not in self._singles:
            self._singles[name, contributions] = Single(self.loaded[name], contributions)
        return self._singles[name, contributions]


def _load(name: str, text: str) -> lgb.Booster:
    cure = "train again or take another version"
    try:
        booster = lgb.Booster(model_str=text)
    except lgb.basic.LightGBMError:
        raise BadInput(f"{name}.txt: LightGBM {lgb.__version__} cannot read it; {cure}") from None
    if boost.canonical(booster.model_to_string(num_iteration=-1)) != text:
        raise BadInput(f"{name}.txt: LightGBM {lgb.__version__} reads another model than is written; {cure}")
    return booster
