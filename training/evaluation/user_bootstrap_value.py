"""How certain the value figures are, and whether one model's are better: as in ``compare``, on draws of users."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.evaluation.metric_table import BY_NAME, HIGHER, LOWER, VALUE, names
from training.evaluation.user_bootstrap import DRAWS, MetricComparison, resample, summarise

METRICS = names(VALUE, "drawn")  # in the order in which _measure stacks them
APART = [name for name in METRICS if BY_NAME[name].good not in (HIGHER, LOWER)]  # of which none is better


@dataclass(frozen=True)
class ValuePrediction:
    """A model's predictions, of shape (users,): a score to rank users by, the expected value (in value's unit) and the
    tier (number)."""

    rank: np.ndarray
    expected: np.ndarray
    tier: np.ndarray


def compare_value(
    value: np.ndarray,
    actual: np.ndarray,
    said: Mapping[str, ValuePrediction],
    tiers: int,
    ours: str = "holdfast",
    seed: int = 0,
    draws: int = DRAWS,
) -> MetricComparison:
    """METRICS of every model, and ours against every other; NaN where a metric cannot be measured.

    They are Spearman of the rank, normalised Gini of the expected value, quadratic kappa of the tier, and expected over
    actual sum.

    value, actual: the actual value, and its tier (number). One cutoff, one row per user. tiers: how many there are.
    """
    ready = {model: _prepare(value, actual, one, tiers) for model, one in said.items()}
    truth, best = _order(value), np.argsort(-value, kind="stable")
    parts = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for weights in resample(len(value), len(value), seed, draws):
            ranks, most = _ranks(truth, weights), _area(value, best, weights)
            parts.append(np.array([_measure(one, value, ranks, most, weights) for one in ready.values()]))
    return summarise(ours, list(said), METRICS, np.concatenate(parts, axis=2), *APART)


@dataclass(frozen=True)
class _Order:
    """Rows in rising order, where each group of equal values begins, and the group of each row."""

    rows: np.ndarray
    starts: np.ndarray
    group: np.ndarray


@dataclass(frozen=True)
class _Ready:
    rank: _Order
    expected: np.ndarray
    best: np.ndarray  # rows by expected value, the highest first
    cells: np.ndarray  # 1 where a row is in a cell of the confusion, shape (tiers², users)
    tiers: int


def _prepare(value: np.ndarray, actual: np.ndarray, said: ValuePrediction, tiers: int) -> _Ready:
    cells = np.equal.outer(np.arange(tiers * tiers), actual * tiers + said.tier).astype(float)
    return _Ready(_order(said.rank), said.expected, np.argsort(-said.expected, kind="stable"), cells, tiers)


def _order(x: np.ndarray) -> _Order:
    rows = np.argsort(x, kind="stable")
    new = np.concatenate([[True], np.diff(x[rows]) != 0])
    group = np.empty(len(x), np.int64)
    group[rows] = np.cumsum(new) - 1
    return _Order(rows, np.flatnonzero(new), group)


def _measure(ready: _Ready, value: np.ndarray, truth: np.ndarray, most: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """METRICS of shape (metrics, draws). truth: ranks of the actual value. most: area of the best order."""
    spearman = _correlation(truth, _ranks(ready.rank, weights), weights)
    gini = np.where(np.abs(most) > 1e-12, _area(value, ready.best, weights) / most, np.nan)
    ratio = ready.expected @ weights / (value @ weights)
    return np.stack([spearman, gini, _kappa(ready.cells @ weights, ready.tiers), ratio])


def _ranks(order: _Order, weights: np.ndarray) -> np.ndarray:
    """Each row's rank among all drawn rows, shape (users, draws); equals share their mean rank."""
    times = np.add.reduceat(weights[order.rows], order.starts, axis=0)
    return (np.cumsum(times, axis=0) - (times - 1) / 2)[order.group]


def _correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=0)
    a = a - (weights * a).sum(axis=0) / total
    b = b - (weights * b).sum(axis=0) / total
    weighted = weights * a
    spread = np.einsum("ij,ij->j", weighted, a) * np.einsum("ij,ij,ij->j", weights, b, b)
    return np.where(spread > 1e-9, np.einsum("ij,ij->j", weighted, b) / np.sqrt(spread), np.nan)


def _area(value: np.ndarray, order: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The area of ``metrics.gini``, with each row repeated as often as drawn; NaN where the sum is not above 0."""
    weights, value = weights[order], value[order][:, None]
    before = np.cumsum(weights * value, axis=0) - weights * value
    total, users = (weights * value).sum(axis=0), weights.sum(axis=0)
    captured = (weights * before + value * weights * (weights + 1) / 2).sum(axis=0) / total
    return np.where(total > 0, captured / users - (users + 1) / (2 * users), np.nan)


def _kappa(cells: np.ndarray, tiers: int) -> np.ndarray:
    """Quadratic kappa (Cohen 1968). cells: users in each cell of the confusion, shape (tiers², draws)."""
    users = cells.reshape(tiers, tiers, -1)
    apart = np.subtract.outer(np.arange(tiers), np.arange(tiers)) ** 2.0
    chance = np.einsum("ik,jk->ijk", users.sum(axis=1), users.sum(axis=0)) / users.sum(axis=(0, 1))
    return 1 - np.einsum("ij,ijk->k", apart, users) / np.einsum("ij,ijk->k", apart, chance)
