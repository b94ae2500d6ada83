"""`holdfast train`: decides on a challenger whose time is over, then trains, and promotes by the gate."""

from typing import Annotated

import typer

from features.errors import GateFailed
from serving.cli.command import HERE, File, moment, read, session

# All else is imported where it is used: --help answers at once.

AsOf = Annotated[str | None, typer.Option("--as-of", help="Cutoff, as 2026-01-31 or 2026-01-31T12:00.")]


def train(as_of: AsOf = None, config: File = HERE) -> None:
    """Train both models, evaluate them beside the baselines, log, register, and promote if the gate passes."""
    from serving.lineage.emit import lineage
    from serving.schedule.trial_end import ended
    from serving.terminal.backtest import show_training
    from serving.terminal.calibration import show_calibration
    from serving.terminal.check import enough, show_alarms
    from serving.terminal.console import progress, say
    from serving.terminal.protocol import show_protocols
    from training import job
    from training.evaluation.backtest import test_cutoffs

    with session(config) as (settings, con):
        cutoff = moment(settings, as_of)
        base = read(con, settings)
        enough(base)
        if trial := ended(base):
            say(trial.said)
        tests = test_cutoffs(base, settings.train.backtests, cutoff)
        show_protocols(base, [*tests, base.tables.observed_until])
        with progress() as step, lineage(base, "train") as telling:
            outcome = job.train(base, cutoff, step)
            telling.add("models", outcome.version.name)
    show_alarms([outcome.result])
    show_calibration(outcome.result.bundle)
    show_training(settings, outcome)
    if not (outcome.promoted or outcome.same or outcome.watched):
        raise GateFailed(f"model {outcome.version.name} was registered but not promoted: {outcome.reason}")
