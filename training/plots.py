"""Pictures of an evaluation, as PNG: is the risk right, whom does it find, what does it look at, are the sums right."""

from collections.abc import Mapping
from pathlib import Path

import lightgbm as lgb
import numpy as np
from matplotlib.figure import Figure

from training.backtest import Result
from training.evaluate import calibration_bins

COLOURS = {
    "holdfast": "#0f766e",
    "recency": "#a8a29e",
    "logistic": "#d97706",
    "histgb": "#6366f1",
    "bgnbd": "#db2777",
    "mbgnbd": "#7c2d12",
}
SHOWN = 20


def draw(result: Result, folder: Path) -> list[Path]:
    """Write churn.png, value.png and importance.png of one test cutoff; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"churn": churn(result), "value": value(result), "importance": importance(result)}
    for name, figure in pictures.items():
        part = folder / f".{name}.tmp.png"
        try:
            figure.savefig(part, dpi=110, metadata={"Software": None})
            part.replace(folder / f"{name}.png")
        finally:
            part.unlink(missing_ok=True)
    return [folder / f"{name}.png" for name in pictures]


def churn(result: Result) -> Figure:
    """Left: predicted against observed churn. Right: share of the churned found in the riskiest users."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    churned = result.test.churned
    for name, risk in result.risk.items():
        style = {
            "color": COLOURS[name],
            "lw": 2.2 if name == "holdfast" else 1.2,
            "zorder": 3 if name == "holdfast" else 2,
        }
        bins = calibration_bins(churned, risk)
        left.plot([p for p, _, _ in bins], [y for _, y, _ in bins], marker="o", ms=3.5, label=name, **style)
        found = np.cumsum(churned[np.argsort(-risk, kind="stable")]) / max(churned.sum(), 1)
        right.plot(
            np.arange(1, len(found) + 1) / len(found),
            found,
            label=f"{name}  AUC {result.churn[name]['auc']:.3f}",
            **style,
        )
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], color="#d6d3d1", lw=1, ls="--", zorder=1)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.grid(alpha=0.25)
        axes.legend(frameon=False)
    left.set(title="Calibration: 15 groups of equal size", xlabel="predicted risk", ylabel="share churned")
    right.set(title="Gains", xlabel="share of users, riskiest first", ylabel="share of the churned found")
    figure.suptitle(f"Churn risk as of {result.as_of:%Y-%m-%d}: {len(churned):,} users, {churned.mean():.1%} churned")
    return figure


def value(result: Result) -> Figure:
    """Mean predicted and mean actual value by tenth of predicted value."""
    expected = result.score["expected_value"].to_numpy()
    parts = np.array_split(np.argsort(expected, kind="stable"), 10)
    place = np.arange(1, 11)
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.bar(place - 0.2, [_mean(expected[part]) for part in parts], 0.4, color="#0f766e", label="predicted")
    axes.bar(place + 0.2, [_mean(result.test.value[part]) for part in parts], 0.4, color="#d97706", label="actual")
    axes.set(xticks=place, xlabel="tenth of users by predicted value", ylabel="mean value")
    axes.set_title(f"Expected value as of {result.as_of:%Y-%m-%d}")
    axes.legend(frameon=False)
    axes.grid(alpha=0.25, axis="y")
    return figure


def importance(result: Result) -> Figure:
    """The features that the churn model gains most from."""
    gains = gain(result.bundle.boosters["churn"])
    top = sorted(gains.items(), key=lambda item: -item[1])[:SHOWN][::-1]
    figure = Figure(figsize=(8, 0.28 * len(top) + 1.2), layout="constrained")
    axes = figure.subplots()
    axes.barh([name for name, _ in top], [share for _, share in top], color="#0f766e")
    axes.set(title="What the churn model looks at", xlabel="share of the gain")
    axes.grid(alpha=0.25, axis="x")
    return figure


def gain(text: str) -> Mapping[str, float]:
    """Each feature's share of a booster's total gain."""
    booster = lgb.Booster(model_str=text)
    gains = booster.feature_importance("gain")
    return dict(zip(booster.feature_name(), (gains / max(gains.sum(), 1e-12)).tolist(), strict=True))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
