"""How certain a figure is, and whether one model is better than another, by drawing users again and again.

A draw takes as many users as there are, with replacement; a user's rows at all cutoffs stay together (the bootstrap,
Efron 1979; by clusters, Field & Welsh 2007). All models are measured on the same draws, so that common effects, such as
users who are hard to predict, cancel out in their differences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from training.evaluation.metric_table import BY_NAME, CHURN, HIGHER, names
from training.evaluation.metrics import BINS
from training.models.log_loss import CLIP

DRAWS = 500
FEWEST_DRAWS = 100
MOST = 50_000_000  # rows × draws in total; a base with more gets fewer draws, as these differ less in a large base
AT_ONCE = 400_000  # rows × draws at a time: about what the processor's cache holds
METRICS = names(CHURN, "drawn")  # in the order in which _measure stacks them
BETTER, SAME, WORSE, UNKNOWN = "better", "no different", "worse", "not measured"
Range = tuple[float, float]


@dataclass(frozen=True)
class Sample:
    """Predictions and outcomes at one cutoff, all of shape (users,).

    user: a number from 0 on, the same at every cutoff. churned: 0 or 1. risk: by model.
    """

    user: np.ndarray
    churned: np.ndarray
    risk: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Difference:
    """Our figure minus theirs, its 95 % interval, and the verdict on ours: better, no different, worse, …"""

    difference: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class MetricComparison:
    """By model and metric: the figures, their 95 % intervals, and how we differ from each other model.

    With several cutoffs, a figure is its mean over cutoffs, weighted by users: it never compares users across cutoffs.
    """

    ours: str
    figures: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, Mapping[str, Range]]
    differences: Mapping[str, Mapping[str, Difference]]


def compare(samples: Sequence[Sample], ours: str = "holdfast", seed: int = 0, draws: int = DRAWS) -> MetricComparison:
    """Measure every model, and ours against every other, on ``draws`` draws of the users; fewer for large bases.

    A metric that needs both outcomes is NaN, and its verdict "not measured", where only one occurred.
    """
    rows = sum(len(sample.churned) for sample in samples)
    models = list(samples[0].risk)
    prepared = [{model: _prepare(sample.churned, risk) for model, risk in sample.risk.items()} for sample in samples]
    parts: list[np.ndarray] = []
    for weights in resample(1 + max(int(sample.user.max()) for sample in samples), rows, seed, draws):
        sums, total = np.zeros((len(models), len(METRICS), weights.shape[1])), np.zeros(weights.shape[1])
        for sample, ready in zip(samples, prepared, strict=True):
            taken = weights[sample.user]
            share = taken.sum(axis=0)
            sums += share * np.array([_measure(ready[model], taken) for model in models])
            total += share
        with np.errstate(invalid="ignore"):
            parts.append(sums / total)
    found = np.concatenate(parts, axis=2)  # model, metric, draw; the first draw is everybody once
    return summarise(ours, models, METRICS, found)


def summarise(
    ours: str, models: Sequence[str], metrics: Sequence[str], found: np.ndarray, *apart: str
) -> MetricComparison:
    """The comparison from figures of shape (models, metrics, draws); the first draw has everybody once.

    apart: metrics by which models are not compared.
    """
    mine, figures, drawn = models.index(ours), found[:, :, 0], found[:, :, 1:]

    def range_of(model: int, metric: int) -> Range:
        low, high = _interval(drawn[model, metric], figures[model, metric], metrics[metric])
        return (max(low, 0.0) if metrics[metric] == "ece" else low), high

    def difference(model: int, metric: int) -> Difference:
        found = figures[mine, metric] - figures[model, metric]
        low, high = _interval(drawn[mine, metric] - drawn[model, metric], found, metrics[metric])
        return Difference(float(found), low, high, verdict(metrics[metric], low, high))

    def table(make, *without: str) -> dict:
        return {
            model: {metric: make(at, number) for number, metric in enumerate(metrics) if metric not in without}
            for at, model in enumerate(models)
            if model not in without
        }

    return MetricComparison(
        ours, table(lambda at, number: float(figures[at, number])), table(range_of), table(difference, ours, *apart)
    )


def verdict(metric: str, low: float, high: float) -> str:
    """The verdict from the interval of a difference: "no different" if it contains 0."""
    if not np.isfinite(low + high):
        return UNKNOWN
    if low <= 0 <= high:
        return SAME
    return BETTER if (low > 0) == (BY_NAME[metric].good == HIGHER) else WORSE


def _interval(drawn: np.ndarray, figure: float, metric: str) -> Range:
    """The middle 95 % of the draws. The calibration error is a sum of distances, which the noise of each draw makes
    larger: its draws are shifted back by their mean excess."""
    if not np.isfinite(figure) or np.isfinite(drawn).mean() < 0.5:
        return float("nan"), float("nan")
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    shift = np.nanmean(drawn) - figure if metric == "ece" else 0.0
    return float(low - shift), float(high - shift)


def resample(users: int, rows: int, seed: int, draws: int):
    """How often each draw has each user, in parts of shape (users, draws); the very first draw has everybody once."""
    random, left = np.random.default_rng(seed), max(min(draws, MOST // rows), min(draws, FEWEST_DRAWS))
    first = np.ones((users, 1))
    while left:
        size = min(left, max(AT_ONCE // rows, 1))
        place = random.integers(users, size=(users, size)) * size + np.arange(size)
        counts = np.bincount(place.ravel(), minlength=users * size).reshape(users, size).astype(float)
        yield np.hstack([first, counts])
        first, left = first[:, :0], left - size


@dataclass(frozen=True)
class _Ready:
    """One model's risks, sorted in rising order.

    order: the rows. starts: where each group of equal risks begins; None without ties. churned: the outcomes. linear:
    metrics that are sums over rows, shape (2 + bins, rows): log loss, Brier score, and for each calibration bin risk
    minus outcome of its rows.
    """

    order: np.ndarray
    starts: np.ndarray | None
    churned: np.ndarray
    linear: np.ndarray


def _prepare(churned: np.ndarray, risk: np.ndarray) -> _Ready:
    risk = np.clip(risk, CLIP, 1 - CLIP)
    order = np.argsort(risk, kind="stable")
    risk, churned = risk[order], np.asarray(churned, float)[order]
    starts = np.flatnonzero(np.diff(risk, prepend=-1.0))
    linear = np.zeros((2 + BINS, len(risk)))
    linear[0] = -np.log(np.where(churned == 1, risk, 1 - risk))
    linear[1] = (risk - churned) ** 2
    for number, part in enumerate(np.array_split(np.arange(len(risk)), BINS)):
        linear[2 + number, part] = risk[part] - churned[part]
    return _Ready(order, None if len(starts) == len(risk) else starts, churned[:, None], linear)


def _measure(ready: _Ready, weights: np.ndarray) -> np.ndarray:
    """METRICS of shape (metrics, draws). weights: how often each user was drawn, shape (users, draws)."""
    weights = weights[ready.order]
    total = weights.sum(axis=0)
    churned, everybody = weights * ready.churned, weights
    if ready.starts is not None:
        add = partial(np.add.reduceat, indices=ready.starts, axis=0)
        churned, everybody = add(churned), add(everybody)
    below, all_below = np.cumsum(churned, axis=0), np.cumsum(everybody, axis=0)  # this group included
    found, stayed = below[-1], total - below[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        stayed_below = all_below - below - (everybody - churned) / 2
        auc = np.einsum("ij,ij->j", churned, stayed_below) / (found * stayed)
        precision = (found - below + churned) / (total - all_below + everybody)
        precision[~np.isfinite(precision)] = 0.0  # where nobody with this risk or a higher one was drawn
        average_precision = np.where(found * stayed > 0, np.einsum("ij,ij->j", churned, precision) / found, np.nan)
        linear = ready.linear @ weights / total
    return np.stack([auc, average_precision, linear[0], linear[1], np.abs(linear[2:]).sum(axis=0)])
