"""Rolling-origin evaluation: train on what was known, predict, compare with what came, for model and baselines."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from features.build.population import measure
from features.engine.duckdb_session import threads
from features.errors import BadInput
from features.progress import Progress, silent
from features.user_base import UserBase
from training.classical.purchase_history import histories
from training.evaluation import leakage, slices
from training.evaluation.baselines import churn_baselines, matched_tiers, past_spend, purchase_baselines
from training.evaluation.leakage import Alarm
from training.evaluation.metrics import churn_metrics, value_metrics
from training.evaluation.slices import Grouping, Slice
from training.evaluation.user_bootstrap import MetricComparison, Sample, compare
from training.evaluation.user_bootstrap_value import ValuePrediction, compare_value
from training.fit import tune
from training.fit.train import fit, training_rows
from training.models.value import tiers
from training.rows.labels import DAY, ahead, window
from training.rows.spine import Rows, rows, sample
from training.trained_model import Bundle


@dataclass(frozen=True)
class Result:
    """One test cutoff: its users' rows, the bundle trained before it, its scores, and risks and metrics by model.

    comparison, value_comparison: intervals of the churn and of the value metrics, and how Holdfast differs from each
    baseline. groups, slices: the stage, tier and tenure of each user, and the figures of each of these groups, see
    ``training.evaluation.slices``. alarms: what looks like a leak, see ``training.evaluation.leakage``.
    """

    as_of: datetime
    test: Rows
    bundle: Bundle
    score: pd.DataFrame
    risk: dict[str, np.ndarray]
    churn: dict[str, dict[str, float]]
    value: dict[str, dict[str, float | None]]
    value_comparison: MetricComparison
    comparison: MetricComparison
    groups: dict[str, Grouping]
    slices: tuple[Slice, ...]
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True)
class Pooled:
    """Several test cutoffs as one: figures are means over cutoffs, weighted by users; slices are over all rows."""

    comparison: MetricComparison
    slices: tuple[Slice, ...]


def test_cutoffs(base: UserBase, count: int = 1, as_of: datetime | None = None) -> list[datetime]:
    """The last test cutoff and ``count`` − 1 earlier ones, one horizon apart; oldest first.

    as_of: the last one; default: the latest whose label window has closed.
    """
    last = as_of or ahead(base.config, base.tables.observed_until, -window(base.config) / DAY)
    return sorted(ahead(base.config, last, -base.config.horizon * k) for k in range(count))


def backtest(base: UserBase, cutoffs: Sequence[datetime], progress: Progress = silent) -> list[Result]:
    """Evaluate at every cutoff, each time with a model trained only on windows that had closed by then."""
    tuned = tune.tuned(base, cutoffs, progress)
    found = [evaluate(base, at, progress, tuned) for at in cutoffs]
    base.still_as_read()
    return found


def evaluate(
    base: UserBase,
    as_of: datetime,
    progress: Progress = silent,
    tuned: Mapping[str, Any] | None = None,
) -> Result:
    """Train for one test cutoff and measure. tuned: see ``tune.tuned``.

    Raises BadInput where its label window has not closed or nobody is eligible, GateFailed where there is too little to
    learn from.
    """
    test = rows(base, [as_of], base.config.train.test_rows)
    if not len(test):
        raise BadInput(
            f"as-of {as_of:%Y-%m-%d}: no user is eligible then; take a later as-of or raise churn.eligible_days"
        )
    learn = training_rows(base, as_of, progress)
    bundle = fit(base, learn, as_of, progress, tuned=tuned)
    progress("measuring", 0, 1)
    score = bundle.score(frame(test, bundle), threads(base.config))
    everybody = measure(base, as_of).users  # of whom as many do for the classical models as are tested
    share = max(test.share, sample(everybody, base.config.train.test_rows))
    classical, classical_value = purchase_baselines(base.config, histories(base, as_of, share), test)
    risk = {"holdfast": score["churn_risk"].to_numpy(), **churn_baselines(base.config, learn, test), **classical}
    actual = tiers(test.value, bundle.bounds.tier_bounds)
    spend = {"past_spend": past_spend(base.config, test), **classical_value}
    said = {"holdfast": ValuePrediction(*(score[name].to_numpy() for name in ("value_rank", "expected_value", "tier")))}
    shares = said["holdfast"].tier
    said |= {name: ValuePrediction(one, one, matched_tiers(one, shares)) for name, one in spend.items()}
    value = {name: value_metrics(test.value, one.rank, one.expected, one.tier, actual) for name, one in said.items()}
    groups = slices.groupings(base, as_of, test, score["tier"].to_numpy())
    result = Result(
        as_of=as_of,
        test=test,
        bundle=bundle,
        score=score,
        risk=risk,
        churn={name: churn_metrics(test.churned, one) for name, one in risk.items()},
        value=value,
        value_comparison=compare_value(test.value, actual, said, len(base.config.value.tiers)),
        comparison=compare([Sample(np.arange(len(test)), test.churned, risk)]),
        groups=groups,
        slices=slices.measure(groups, test.churned, risk["holdfast"], test.value, score["expected_value"].to_numpy()),
        alarms=tuple(leakage.alarms(bundle, learn, test, risk["holdfast"], risk["histgb"], threads(base.config))),
    )
    progress("measuring", 1, 1)
    return result


def sampled(test: Rows) -> str:
    """What is to be said of a test whose users are a sample; empty where they are all."""
    if test.share == 1:
        return ""
    return f"measured on {len(test):,} users, a sample of {test.share:.1%} of those eligible (train.test_rows)"


def pool(results: Sequence[Result]) -> Pooled:
    """Several test cutoffs as one."""
    users = np.concatenate([result.test.user_id.to_numpy(zero_copy_only=False) for result in results])
    rows = [len(result.test) for result in results]
    parts = np.split(np.unique(users, return_inverse=True)[1], np.cumsum(rows)[:-1])
    models = [name for name in results[0].risk if all(name in result.risk for result in results)]
    samples = [
        Sample(part, result.test.churned, {name: result.risk[name] for name in models})
        for part, result in zip(parts, results, strict=True)
    ]
    given = [(r.test.churned, r.risk["holdfast"], r.test.value, r.score["expected_value"].to_numpy()) for r in results]
    groups = slices.together([(result.as_of, result.groups) for result in results], rows)
    return Pooled(compare(samples), slices.measure(groups, *map(np.concatenate, zip(*given, strict=True))))


def plain(metrics: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float | None]]:
    """Metrics by model as JSON can hold them: null where a metric could not be measured (NaN)."""
    return {
        model: {name: x if x is not None and math.isfinite(x) else None for name, x in one.items()}
        for model, one in metrics.items()
    }


def frame(rows: Rows, bundle: Bundle) -> pd.DataFrame:
    """The features of the rows that the bundle uses."""
    return pd.DataFrame({name: rows.features[name] for name in bundle.features})
