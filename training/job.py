"""The training job: evaluate on the last closed window, train on everything, log, and promote if the gate passes."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from shutil import rmtree

from ibis.backends.duckdb import Backend

from features.clean import Tables
from features.config import Config
from features.engine import threads
from features.errors import BadInput, GateFailed
from training import plots, tracking
from training.backtest import Result, evaluate, frame, plain, test_cutoffs
from training.bundle import Bundle, save
from training.evaluate import churn_metrics
from training.spine import Built, Progress, silent
from training.tracking import Version
from training.train import fit, training_rows


@dataclass(frozen=True)
class Outcome:
    """What a training run came to. reason: why it was promoted, or why not. same: it is the model that is champion."""

    version: Version
    promoted: bool
    same: bool
    reason: str
    result: Result
    pictures: list[Path]


def train(
    config: Config, con: Backend, tables: Tables, as_of: datetime | None = None, progress: Progress = silent
) -> Outcome:
    """Run the whole job. as_of: the test cutoff; default: the latest whose label window has closed.

    The model that is registered learns from every window closed by the end of the logs; the metrics are those of one
    trained in the same way that stopped at the test cutoff.
    """
    built: Built = {}
    results = _tests(config, con, tables, as_of, progress, built)
    result = results[-1]
    end = tables.observed_until
    bundle = fit(config, con, tables, training_rows(config, con, tables, end, progress, built), end, progress)
    metrics = {"as_of": result.as_of.isoformat(), "churn": plain(result.churn), "value": plain(result.value)}
    bundle = replace(bundle, metrics=metrics)
    pictures = plots.draw(result, config.store_path / "pictures")
    progress("logging to MLflow", 0, 1)
    standing, damage = None, ""
    try:
        standing = tracking.champion(config)
    except tracking.Unreachable:  # what it cannot be compared with may be better
        raise
    except BadInput as error:  # its cure is to train again
        damage = f" ({error})"
    promote, reason = gate(config, result, bundle, standing)
    reason += damage
    folder = config.store_path / "tmp" / f"bundle-{bundle.version}"
    rmtree(folder, ignore_errors=True)
    save(bundle, folder)
    try:
        version = tracking.log(config, tables, results, bundle, folder, pictures, promote, reason)
    finally:
        rmtree(folder, ignore_errors=True)
    progress("logging to MLflow", 1, 1)
    same = standing is not None and standing.bundle.version == bundle.version
    return Outcome(version, promote, same, reason, result, pictures)


def _tests(
    config: Config, con: Backend, tables: Tables, as_of: datetime | None, progress: Progress, built: Built
) -> list[Result]:
    """What the test cutoffs came to, oldest first: ``train.backtests`` of them, or as many as the history allows."""
    *earlier, last = test_cutoffs(config, tables, config.train.backtests, as_of)
    found = [evaluate(config, con, tables, last, progress, built)]
    for at in reversed(earlier):
        try:
            found.insert(0, evaluate(config, con, tables, at, progress, built))
        except (BadInput, GateFailed):  # nothing to learn from so early
            break
    return found


def gate(config: Config, result: Result, bundle: Bundle, standing: Version | None) -> tuple[bool, str]:
    """Whether the new model may become champion, and why: it must beat every baseline and the standing champion.

    The champion is measured on the same rows where its windows had closed by the test cutoff; else it has seen their
    outcome, and the figures of its own backtest stand for it.
    """
    ours = result.churn["holdfast"]
    for name, theirs in result.churn.items():
        if name == "holdfast":
            continue
        if not ours["log_loss"] < theirs["log_loss"]:
            return False, f"log loss {ours['log_loss']:.4f} does not beat {name}'s {theirs['log_loss']:.4f}"
        if not ours["auc"] > theirs["auc"]:
            return False, f"AUC {ours['auc']:.4f} does not beat {name}'s {theirs['auc']:.4f}"
    if standing is None:
        return True, "beats every baseline, and there was no champion to beat"
    if standing.bundle.config_hash != config.model_hash():
        return True, f"beats every baseline, and champion {standing.name} was trained for another configuration"
    if standing.bundle.version == bundle.version:
        return False, f"it is the same model as champion {standing.name}"
    closed = datetime.fromisoformat(standing.bundle.trained_on["labels_close"])
    if closed <= result.as_of and set(standing.bundle.features) <= set(result.test.features):
        risk = standing.bundle.score(frame(result.test, standing.bundle), threads(config))["churn_risk"].to_numpy()
        bar, where = churn_metrics(result.test.churned, risk)["log_loss"], "on the same users"
    else:
        bar, where = standing.bundle.metrics["churn"]["holdfast"]["log_loss"], "in its own backtest"
    verdict = f"log loss {ours['log_loss']:.4f}, champion {standing.name} {where} {bar:.4f}"
    return (True, f"beats it: {verdict}") if ours["log_loss"] < bar else (False, f"does not beat it: {verdict}")
