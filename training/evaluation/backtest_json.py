"""A backtest as plain data: what ``holdfast backtest --json`` writes and other programs read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from features.config import Config
from training.evaluation.backtest import Result, plain, pool
from training.evaluation.baselines import no_dropout
from training.evaluation.level_warning import warnings
from training.evaluation.metrics import gains, tier_confusion, value_tenths
from training.evaluation.slices import Slice
from training.evaluation.user_bootstrap import MetricComparison
from training.models.value import tiers


def report(config: Config, results: Sequence[Result]) -> dict[str, Any]:
    """The results by test cutoff; ``pooled`` has all cutoffs as one, or null where there is only one.

    Figures that could not be measured are null.
    """
    return {
        "config_hash": config.hash(),
        "cutoffs": [_cutoff(config, result) for result in results],
        "pooled": _pooled(results) if len(results) > 1 else None,
    }


def _cutoff(config: Config, result: Result) -> dict[str, Any]:
    expected = result.score["expected_value"].to_numpy()
    actual = tiers(result.test.value, result.bundle.bounds.tier_bounds)
    confusion = tier_confusion(actual, result.score["tier"].to_numpy(), len(config.value.tiers))
    return {
        "as_of": result.as_of.isoformat(),
        "horizon_days": config.horizon,
        "users": len(result.test),
        "share": result.test.share,
        "churn_rate": float(result.test.churned.mean()),
        "models": plain(result.churn),
        "value": plain(result.value),
        **comparison(result.comparison),
        **{f"value_{name}": found for name, found in comparison(result.value_comparison).items()},
        "gains": [_finite(asdict(tenth)) for tenth in gains(result.test.churned, result.risk["holdfast"])],
        "value_tenths": [asdict(tenth) for tenth in value_tenths(result.test.value, expected)],
        "tier_confusion": {"tiers": list(config.value.tiers), "users": confusion.tolist()},
        "slices": slices(result.slices),
        "drift": result.bundle.metrics.get("drift"),
        "warnings": list(warnings(config, result)),
        "no_dropout": no_dropout(result.risk),
    }


def _pooled(results: Sequence[Result]) -> dict[str, Any]:
    pooled = pool(results)
    return {
        "as_of": [result.as_of.isoformat() for result in results],
        "rows": sum(len(result.test) for result in results),
        "models": plain(pooled.comparison.figures),
        **comparison(pooled.comparison),
        "slices": slices(pooled.slices),
    }


def comparison(found: MetricComparison) -> dict[str, Any]:
    """By model and metric: ``intervals`` as [low, high], and ``differences`` of Holdfast from each other model."""
    return {
        "intervals": {
            model: {metric: [_number(low), _number(high)] for metric, (low, high) in one.items()}
            for model, one in found.intervals.items()
        },
        "differences": {
            model: {metric: _finite(asdict(difference)) for metric, difference in one.items()}
            for model, one in found.differences.items()
        },
    }


def slices(found: Sequence[Slice]) -> list[dict[str, Any]]:
    """The slices' figures, one object each."""
    return [_finite(asdict(one)) for one in found]


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _number(x) if isinstance(x, float) else x for name, x in row.items()}


def _number(x: float) -> float | None:
    return x if math.isfinite(x) else None
