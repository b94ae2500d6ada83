"""Whether a new model becomes the champion, and why: compared with the baselines and the champion, beyond noise."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from features.config import Config
from features.engine.duckdb_session import threads
from training.evaluation.backtest import Result, frame
from training.evaluation.metric_table import BY_NAME, HIGHER
from training.evaluation.user_bootstrap import (
    BETTER,
    SAME,
    UNKNOWN,
    WORSE,
    Difference,
    MetricComparison,
    Sample,
    compare,
    verdict,
)
from training.tracking import Version
from training.trained_model import Bundle

BESIDE = "logistic"  # the baseline by which two backtests at different dates are compared
DECIDING = ("log_loss", "auc")
WORDS = {BETTER: "better than", SAME: "no different from", WORSE: "worse than", UNKNOWN: "not measured beside"}


def gate(config: Config, result: Result, bundle: Bundle, standing: Version | None) -> tuple[bool, str]:
    """Whether the new model may become champion, and why, with the figures.

    The model must tell users apart (AUC above .5 beyond noise). It must be better than or no different from the best
    baseline in AUC, and from every baseline in log loss. It must be better than or no different from the standing
    champion: of two equal models, the one that learned from newer windows wins.
    """
    if standing is not None and standing.bundle.version == bundle.version:
        return False, f"it is the same model as champion {standing.name}"
    found = result.comparison
    auc, (low, high) = found.figures[found.ours]["auc"], found.intervals[found.ours]["auc"]
    if not low > 0.5:
        return False, f"it does not tell users apart: AUC {auc:.4f} (95 % interval {low:.4f} … {high:.4f})"
    good, reason = _baselines(found)
    if not good:
        return False, reason
    if standing is None:
        return True, f"{reason}; there was no champion"
    if standing.bundle.config_hash != config.model_hash():
        return True, f"{reason}; champion {standing.name} was trained for another configuration"
    good, beside = _champion(config, result, standing)
    return good, f"{beside}; {reason}" if good else beside


def shadowed(config: Config, standing: Version | None) -> bool:
    """Whether a model that passed the gate is first watched beside the champion: where that is asked for, and there is
    a champion of the same configuration, since one of another cannot score."""
    asked = config.promote.shadow_days > 0
    return asked and standing is not None and standing.bundle.config_hash == config.model_hash()


def first_beside(config: Config, reason: str) -> str:
    """The gate's reason for a model that becomes challenger."""
    return f"passed, and is watched beside the champion for {config.promote.shadow_days:g} days first; {reason}"


def beside(samples: Sequence[Sample], ours: str, theirs: str, whose: str) -> tuple[bool, str]:
    """The promotion test on rows that two models scored: whether ours is worse in log loss or AUC, beyond noise, and
    the figures in words. whose: what theirs is called."""
    found = compare(samples, ours)
    said = []
    for metric in DECIDING:
        one, bar = (found.figures[model][metric] for model in (ours, theirs))
        difference = found.differences[theirs][metric]
        said.append(_in_words(metric, one, whose, bar, difference))
        if difference.verdict in (WORSE, UNKNOWN):
            return False, said[-1]
    return True, ", ".join(said)


def warned(reason: str, bundle: Bundle) -> str:
    """The gate's reason with what must be known before the level of risks and values is trusted, if anything."""
    said = bundle.warnings
    return f"{reason}; warning: {'; '.join(said)}" if said else reason


def _baselines(found: MetricComparison) -> tuple[bool, str]:
    """Compare with the best baseline in AUC and with every baseline in log loss; the first that is better decides."""
    reasons = []
    for metric in DECIDING:
        best = sorted(found.differences, key=lambda model: _badness(found, model, metric))
        against = best if metric == "log_loss" else best[:1]
        for number, model in enumerate(against):
            difference = found.differences[model][metric]
            ours, theirs = found.figures[found.ours][metric], found.figures[model][metric]
            text = _in_words(metric, ours, f"{model}'s", theirs, difference)
            if difference.verdict in (WORSE, UNKNOWN):
                return False, text
            if number == 0:
                reasons.append(text)
    return True, ", ".join(reasons)


def _badness(found: MetricComparison, model: str, metric: str) -> float:
    figure = found.figures[model][metric]
    return float(np.nan_to_num(-figure if BY_NAME[metric].good == HIGHER else figure, nan=np.inf))


def _champion(config: Config, result: Result, standing: Version) -> tuple[bool, str]:
    """Compare with the champion on the same users, if its training windows had closed by the test cutoff. Otherwise it
    has seen these users' outcomes, and its own backtest stands in."""
    theirs = standing.bundle
    closed = datetime.fromisoformat(theirs.trained_on["labels_close"])
    if closed > result.as_of or not set(theirs.features) <= set(result.test.features):
        return _own_backtest(result, standing)
    risk = theirs.score(frame(result.test, theirs), threads(config))["churn_risk"]
    risks = {"holdfast": result.risk["holdfast"], "champion": np.asarray(risk)}
    sample = Sample(np.arange(len(risk)), result.test.churned, risks)
    return beside([sample], "holdfast", "champion", f"champion {standing.name}'s on the same users")


def _own_backtest(result: Result, standing: Version) -> tuple[bool, str]:
    """Compare by how much each model beat the RFM logistic at its own test cutoff. Plain log loss would mostly show
    which of the two dates was easier to predict."""
    kept = standing.bundle.metrics.get("differences", {}).get(BESIDE, {}).get("log_loss", {})
    mine = result.comparison.differences.get(BESIDE, {}).get("log_loss")
    if mine is None or kept.get("low") is None:
        return True, f"champion {standing.name} has no backtest beside {BESIDE} to be met at"
    half = np.hypot(mine.high - mine.low, kept["high"] - kept["low"]) / 2
    apart = mine.difference - kept["difference"]
    low, high = float(apart - half), float(apart + half)
    difference = Difference(apart, low, high, verdict("log_loss", low, high))
    whose = f"champion {standing.name}'s in its own backtest"
    text = f"log loss against {BESIDE}'s " + _in_words("", mine.difference, whose, kept["difference"], difference, "+")
    return difference.verdict in (BETTER, SAME), text


def _in_words(metric: str, ours: float, whose: str, theirs: float, one: Difference, sign: str = "") -> str:
    range_ = f"{one.difference:+.4f}, 95 % interval {one.low:+.4f} … {one.high:+.4f}"
    said = f"{ours:{sign}.4f} is {WORDS[one.verdict]} {whose} {theirs:{sign}.4f} ({range_})"
    return f"{BY_NAME[metric].label} {said}" if metric else said
