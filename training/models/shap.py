"""SHAP contributions: LightGBM's own for few rows, woodelf's for many, where both agree.

Both are path-dependent TreeSHAP (Lundberg and others, "Consistent individualized feature attribution for tree
ensembles", 2018). woodelf (Wettenstein, Nadel and Boker, "From decision trees to Boolean logic", AAAI 2026) handles a
tree for all rows at once, in float32: many times faster from a few thousand rows on, and slower below.
"""

import logging
import os
from concurrent.futures import ThreadPoolExecutor

import lightgbm as lgb
import numpy as np
import pandas as pd

WOODELF_ROWS = 5000  # below this LightGBM is as fast, see benchmarks/bench_scoring.py
CHUNK = 20_000  # rows that a thread works on at once: it needs less than 100 MB beside the result
CHECKED = 100  # rows of a batch for which LightGBM's own are computed too
CLOSE = 1e-4  # log-odds

_log = logging.getLogger(__name__)


def contributions(booster: lgb.Booster, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
    """Contributions in the booster's raw units (log-odds for churn), shape (rows, features), without the base value.

    matrix: (rows, features), NaN = null. threads: 0 = all. For ``WOODELF_ROWS`` rows or more they are woodelf's, if a
    sample agrees with LightGBM's within ``CLOSE``. If it does not, or woodelf fails, they are LightGBM's own and the
    log says so. The extra memory does not grow with the number of rows.
    """
    if len(matrix) >= WOODELF_ROWS:
        try:
            found = many(booster, matrix, threads)
            off = difference(booster, matrix, found, threads)
            if off <= CLOSE:
                return found
            why = f"woodelf and LightGBM differ by {off:.2g} in log-odds, more than {CLOSE:g}"
        except Exception as error:  # whatever the failure, LightGBM can still give the reasons
            why = f"woodelf failed ({type(error).__name__}: {error})"
        _log.warning("reasons: %s; LightGBM's own are taken, which takes longer", " ".join(why.split()))
    return own(booster, matrix, threads)


def own(booster: lgb.Booster, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
    """LightGBM's own, as in ``contributions``; needs at least one row."""
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=threads))[:, :-1]


def many(booster: lgb.Booster, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
    """woodelf's, as in ``contributions``."""
    from woodelf import WoodelfExplainer  # imported here, as it takes a second, which small batches need not wait

    explainer = WoodelfExplainer(booster)
    found = np.empty(matrix.shape)

    def work(begin: int) -> None:
        rows = slice(begin, begin + CHUNK)
        columns = pd.DataFrame(np.asfortranarray(matrix[rows]))  # column by column, the order in which it is read
        found[rows] = explainer.shap_values(columns, verbose=False)

    begins = range(0, len(matrix), CHUNK)
    work(begins[0])  # first and alone: it reads the model, which the others then share
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(work, begins[1:]))
    return found


def difference(booster: lgb.Booster, matrix: np.ndarray, found: np.ndarray, threads: int = 0) -> float:
    """The largest difference from LightGBM's own in a sample of evenly spread rows; NaN counts as infinite."""
    rows = np.unique(np.linspace(0, len(matrix) - 1, CHECKED).astype(int))
    return float(np.nan_to_num(np.abs(found[rows] - own(booster, matrix[rows], threads)), nan=np.inf).max())
