"""The training job: evaluate on the last closed window, train on everything, log, and promote if the gate passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

from features.config import Config
from features.errors import BadInput, GateFailed
from features.progress import Progress, silent
from features.user_base import UserBase
from training import tracking
from training.bundle import save
from training.evaluation import document, leakage, plots
from training.evaluation.backtest import Result, evaluate, plain, test_cutoffs
from training.evaluation.backtest_json import comparison
from training.evaluation.level_warning import warnings
from training.evaluation.metrics import calibration_bins
from training.evaluation.model_card import card
from training.fit import tune
from training.fit.train import complete, training_rows
from training.promotion import first_beside, gate, shadowed, warned
from training.tracking import Version
from training.trained_model import Bundle


@dataclass(frozen=True)
class Outcome:
    """The result of a training run. reason: why the model was promoted or not. same: it is the champion, or the
    challenger, already. watched: it is the challenger now."""

    version: Version
    promoted: bool
    same: bool
    reason: str
    results: list[Result]
    pictures: list[Path]
    cards: list[Path]
    watched: bool = False

    @property
    def verdict(self) -> str:
        """What became of the model, in words."""
        return "is now champion" if self.promoted else "is now challenger" if self.watched else "was not promoted"

    @property
    def result(self) -> Result:
        """The result at the last test cutoff, which decides on promotion."""
        return self.results[-1]


def train(base: UserBase, as_of: datetime | None = None, progress: Progress = silent) -> Outcome:
    """Run the whole job. as_of: the test cutoff; default: the latest whose label window has closed.

    The registered model learns from every window closed by the end of the logs. Its metrics come from a model trained
    in the same way on data up to the test cutoff only. With ``promote.shadow_days`` a model that passes the gate beside
    a champion becomes challenger first.
    """
    tracking.reach(base.config)
    tests = test_cutoffs(base, base.config.train.backtests, as_of)
    tuned = tune.tuned(base, tests, progress)
    results = _tests(base, tests, progress, tuned)
    result = results[-1]
    end = base.tables.observed_until
    learn = training_rows(base, end, progress)
    bundle = complete(base, learn, end, progress, tuned)
    metrics: dict[str, Any] = {
        "as_of": result.as_of.isoformat(),
        "churn": plain(result.churn),
        "value": plain(result.value),
    }
    metrics["alarms"] = [alarm.text for alarm in result.alarms]
    metrics["warnings"] = list(warnings(base.config, result))
    bins = calibration_bins(result.test.churned, result.risk["holdfast"])
    metrics["reliability"] = [{"told": told, "came": came, "users": users} for told, came, users in bins]
    bundle = replace(bundle, metrics=dict(bundle.metrics) | metrics | comparison(result.comparison))
    base.still_as_read()
    pictures = plots.draw(result, base.config.store_path / "pictures")
    progress("logging to MLflow", 0, 1)
    standing, damage = None, ""
    try:
        standing = tracking.champion(base.config)
    except tracking.Unreachable:  # the champion may be better, so do not replace it unseen
        raise
    except BadInput as error:  # a damaged champion: training again, as here, is the cure
        damage = f" ({error})"
    promote, reason = gate(base.config, result, bundle, standing)
    promote, reason = leakage.verdict(result.alarms, promote, reason + damage)
    watch, twin = False, ""
    if promote and shadowed(base.config, standing):
        promote, twin = False, _twin(base.config, bundle)
        watch = not twin
        reason = f"it is the same model as challenger {twin}" if twin else first_beside(base.config, reason)
    reason = warned(reason, bundle)
    folder = base.config.store_path / "tmp" / f"bundle-{bundle.version}"
    rmtree(folder, ignore_errors=True)
    save(bundle, folder)
    try:
        version = tracking.log(base, results, bundle, folder, pictures, promote, reason)
    finally:
        rmtree(folder, ignore_errors=True)
    if watch:
        tracking.challenge(base.config, version.number, end)
    verdict = f"{'promoted' if promote else 'not promoted yet' if watch else 'not promoted'}: {reason}"
    cards = _card(base, results, version, verdict, pictures)
    progress("logging to MLflow", 1, 1)
    same = bool(twin) or (standing is not None and standing.bundle.version == bundle.version)
    return Outcome(version, promote, same, reason, results, pictures, cards, watch)


def _twin(config: Config, bundle: Bundle) -> str:
    """The name of the challenger where it is the very same model: its time does not begin anew; else empty."""
    try:
        rival = tracking.challenger(config)
    except tracking.Unreachable:
        raise
    except BadInput:  # a damaged one: the new one takes its place
        return ""
    return rival.version.name if rival and rival.version.bundle.version == bundle.version else ""


def _card(
    base: UserBase, results: Sequence[Result], version: Version, verdict: str, pictures: Sequence[Path]
) -> list[Path]:
    """Write the model card into the store, as Markdown and HTML, and attach it to the run."""
    page = card(base, results, version.bundle, version.name, verdict, pictures)
    files = document.write(page, base.config.store_path / "cards", version.name)
    tracking.attach(base.config, version, files, document.markdown(page))
    return files


def _tests(base: UserBase, tests: Sequence[datetime], progress: Progress, tuned: Mapping[str, Any]) -> list[Result]:
    """Evaluate at ``train.backtests`` test cutoffs, or as many as the history allows; oldest first."""
    *earlier, last = tests
    found = [evaluate(base, last, progress, tuned)]
    for at in reversed(earlier):
        try:
            found.insert(0, evaluate(base, at, progress, tuned))
        except (BadInput, GateFailed):  # nothing to learn from so early
            break
    return found
