"""Pictures of an evaluation, as PNG: calibration and gains of the risk, value by tenth and tier, and importance."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import lightgbm as lgb
import numpy as np
from matplotlib.figure import Figure

from features import whole_files
from features.statistics import wilson
from training.evaluation.backtest import Result
from training.evaluation.metrics import TENTHS, calibration_bins, tier_confusion, value_tenths
from training.models.value import tiers

COLOURS = {
    "holdfast": "#0f766e",
    "recency": "#a8a29e",
    "logistic": "#d97706",
    "histgb": "#6366f1",
    "bgnbd": "#db2777",
    "mbgnbd": "#7c2d12",
}
SHOWN = 20
PNG = {"format": "png", "dpi": 110, "metadata": {"Software": None}}


def draw(result: Result, folder: Path) -> list[Path]:
    """Write churn.png, value.png and importance.png of one test cutoff; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"churn": churn(result), "value": value(result), "importance": importance(result)}
    for name, figure in pictures.items():
        whole_files.write(folder / f"{name}.png", partial(figure.savefig, **PNG))
    return [folder / f"{name}.png" for name in pictures]


def churn(result: Result) -> Figure:
    """Left: predicted against observed churn, with 95 % intervals. Right: share of the churned users found among
    the riskiest, and each model's AUC with its interval."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    churned = result.test.churned
    for name, risk in result.risk.items():
        style = {
            "color": COLOURS.get(name, "#0ea5e9"),
            "lw": 2.2 if name == "holdfast" else 1.2,
            "zorder": 3 if name == "holdfast" else 2,
        }
        bins = calibration_bins(churned, risk)
        predicted, observed, users = (np.array(column) for column in zip(*bins, strict=True))
        left.plot(predicted, observed, marker="o", ms=3.5, label=name, **style)
        if name == "holdfast":
            low, high = wilson(observed * users, users)
            reach = np.maximum([observed - low, high - observed], 0)
            left.errorbar(predicted, observed, reach, fmt="none", capsize=2, ecolor=style["color"])
        found = np.cumsum(churned[np.argsort(-risk, kind="stable")]) / max(churned.sum(), 1)
        right.plot(
            np.arange(1, len(found) + 1) / len(found),
            found,
            label=f"{name}  AUC {result.churn[name]['auc']:.3f} ({_range(result, name)})",
            **style,
        )
    for axes, corner in ((left, "upper left"), (right, "lower right")):
        axes.plot([0, 1], [0, 1], color="#d6d3d1", lw=1, ls="--", zorder=1)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, loc=corner)
    left.set(
        title="Calibration: 15 groups of equal size, 95 % intervals", xlabel="predicted risk", ylabel="share churned"
    )
    right.set(title="Gains", xlabel="share of users, riskiest first", ylabel="share of the churned found")
    figure.suptitle(f"Churn risk as of {result.as_of:%Y-%m-%d}: {len(churned):,} users, {churned.mean():.1%} churned")
    return figure


def _range(result: Result, model: str) -> str:
    low, high = result.comparison.intervals[model]["auc"]
    return f"{low:.3f}…{high:.3f}"


def value(result: Result) -> Figure:
    """Left: mean expected and mean actual value by tenth of expected value. Right: actual against predicted tiers."""
    expected, actual = result.score["expected_value"].to_numpy(), result.test.value
    figure = Figure(figsize=(12, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    parts = [part for part in np.array_split(np.argsort(expected, kind="stable"), TENTHS) if len(part)]
    place = np.arange(1, len(parts) + 1)
    noise = [1.96 * actual[part].std() / len(part) ** 0.5 for part in parts]
    tenths = value_tenths(actual, expected)
    left.bar(place - 0.2, [tenth.expected for tenth in tenths], 0.4, color="#0f766e", label="expected")
    bars = {"color": "#d97706", "label": "actual, 95 % interval", "ecolor": "#57534e", "capsize": 2}
    left.bar(place + 0.2, [tenth.actual for tenth in tenths], 0.4, yerr=noise, **bars)
    left.set(xticks=place, xlabel="tenth of users by expected value", ylabel="mean value")
    left.set_title(f"Sum expected {expected.sum():,.0f}, actual {actual.sum():,.0f}")
    left.legend(frameon=False, loc="upper left")
    left.grid(alpha=0.25, axis="y")
    left.set_axisbelow(True)
    _confusion(right, result)
    figure.suptitle(f"Value as of {result.as_of:%Y-%m-%d}: {len(actual):,} users")
    return figure


def _confusion(axes, result: Result) -> None:
    """Users by actual tier (rows) and predicted tier (columns), shaded by the share of their row."""
    names = result.bundle.config["value"]["tiers"]
    actual = tiers(result.test.value, result.bundle.bounds.tier_bounds)
    users = tier_confusion(actual, result.score["tier"].to_numpy(), len(names))
    share = users / np.maximum(users.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="GnBu", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(users):
        shade = "white" if share[row, column] > 0.6 else "#292524"
        text = f"{count:,}\n{share[row, column]:.0%}"
        axes.text(column, row, text, ha="center", va="center", fontsize=9, color=shade)
    axes.set(xticks=range(len(names)), yticks=range(len(names)), xticklabels=names, yticklabels=names)
    axes.set(xlabel="predicted tier", ylabel="actual tier", title="Users, and share of the actual tier")


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
