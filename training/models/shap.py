"""SHAP contributions, of a few rows by LightGBM itself and of many by woodelf, where it says the same.

Both are path-dependent TreeSHAP (Lundberg and others, "Consistent individualized feature attribution for tree
ensembles", 2018). woodelf (Wettenstein, Nadel and Boker, "From decision trees to Boolean logic", AAAI 2026) works
through a tree for all rows at once, in float32: many times faster from some thousand rows on, and slower below.
"""

import logging
import os
from concurrent.futures import ThreadPoolExecutor

import lightgbm as lgb
import numpy as np
import pandas as pd

FEW = 5000  # rows below which LightGBM is as fast, see benchmarks/bench_scoring.py
CHUNK = 20_000  # rows that a thread works on at once: what it holds beside the answer stays under 100 MB
CHECKED = 100  # rows of a batch that LightGBM works out too
CLOSE = 1e-4  # log-odds

_log = logging.getLogger(__name__)


def contributions(booster: lgb.Booster, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
    """Contributions in the booster's raw units (log-odds for churn), shape (rows, features), without the base value.

    matrix: (rows, features), NaN = null. threads: 0 = all. Of ``FEW`` rows or more, woodelf's, once a sample of them
    agrees with LightGBM's within ``CLOSE``; where it does not, or woodelf fails, LightGBM's own, and the log says so.
    Beside the matrix and the answer it holds little, however many rows there are.
    """
    if len(matrix) >= FEW:
        try:
            found = many(booster, matrix, threads)
            off = difference(booster, matrix, found, threads)
            if off <= CLOSE:
                return found
            why = f"woodelf and LightGBM differ by {off:.2g} in log-odds, more than {CLOSE:g}"
        except Exception as error:  # whatever it trips over, the reasons can be had
            why = f"woodelf failed ({type(error).__name__}: {error})"
        _log.warning("reasons: %s; LightGBM's own are taken, which takes longer", " ".join(why.split()))
    return own(booster, matrix, threads)


def own(booster: lgb.Booster, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
    """What LightGBM itself says, as in ``contributions``; there is at least one row."""
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=threads))[:, :-1]


def many(booster: lgb.Booster, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
    """What woodelf says, as in ``contributions``."""
    from woodelf import WoodelfExplainer  # here, because it takes a second that small batches need not wait

    explainer = WoodelfExplainer(booster)
    found = np.empty(matrix.shape)

    def work(begin: int) -> None:
        rows = slice(begin, begin + CHUNK)
        columns = pd.DataFrame(np.asfortranarray(matrix[rows]))  # one column after the other, as they are read
        found[rows] = explainer.shap_values(columns, verbose=False)

    begins = range(0, len(matrix), CHUNK)
    work(begins[0])  # alone: it reads the model, which the others then share
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(work, begins[1:]))
    return found


def difference(booster: lgb.Booster, matrix: np.ndarray, found: np.ndarray, threads: int = 0) -> float:
    """The largest difference to LightGBM's own in a sample of rows, spread evenly over all; NaN counts as infinite."""
    rows = np.unique(np.linspace(0, len(matrix) - 1, CHECKED).astype(int))
    return float(np.nan_to_num(np.abs(found[rows] - own(booster, matrix[rows], threads)), nan=np.inf).max())
