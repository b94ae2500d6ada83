"""The demo: a simulated user base from raw logs to the users to keep, and a plan of whom to write to."""

from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from shutil import rmtree

from features import whole_files
from features.config import Config, load
from features.errors import BadInput, GateFailed
from features.simulate import simulate
from features.user_base import opened
from serving.batch.score import score
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.plan import plan
from serving.cli.demo.demo_config import CONFIG, HEAD
from serving.cli.program import near, program
from serving.reports.funnel import funnel
from serving.reports.layers import layered
from serving.terminal import backtest, console
from serving.terminal.campaigns import show_plays, show_run
from serving.terminal.check import check
from serving.terminal.reports import show_funnel, show_layers
from serving.terminal.tables import show_tables
from serving.terminal.users import show_first, show_snapshot, show_worth_keeping
from training import job, tracking

REPORT = "report.txt"
BEFORE = 3  # earlier dates that are scored, a churn horizon apart and oldest first: pages show how the base changes


def demo(folder: Path, users: int) -> None:
    """simulate → check → train → score → plan, in ``folder``, telling what happens; an earlier demo there is replaced.

    For the pages it scores earlier dates as well, and counts layers and the funnel. A line a step goes to the terminal;
    all figures go to ``report.txt``, also where a step ends badly. Raises BadInput where the folder holds anything
    else, GateFailed where no model was promoted.
    """
    file, figures = folder / "holdfast.toml", StringIO()
    if folder.exists() and any(folder.iterdir()) and not _is_demo(file):
        raise BadInput(f"{folder}: is not empty, and no demo made it; name another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    whole_files.write_text(file, CONFIG)  # first: a demo that is stopped can be run again
    rmtree(folder / "data", ignore_errors=True)
    (folder / REPORT).unlink(missing_ok=True)
    with console.progress() as step:
        rows = simulate(folder / "data", users, progress=lambda done: step("simulating", done, users))
    console.say("1 of 5: simulate … " + ", ".join(f"{rows[name]:,} {name}" for name in ("users", "orders", "events")))
    try:
        _run(load(file), users, figures)
    finally:
        whole_files.write_text(folder / REPORT, figures.getvalue())


def _run(config: Config, users: int, figures: StringIO) -> None:
    """All behind the first step. figures: takes what the other verbs print."""
    with opened(config) as base:
        tables = base.tables
        with redirect_stdout(figures):
            show_tables(tables)
            check(base)
        total, bad = (sum(getattr(one, name) for one in tables.counts.values()) for name in ("rows", "quarantined"))
        console.say(f"2 of 5: check … {total:,} rows of {len(tables.counts)} tables, {bad:,} of them unusable")
        with console.progress() as step, redirect_stdout(figures):
            outcome = job.train(base, progress=step)
            backtest.show_training(config, outcome)
        model = tracking.champion(config)
        if model is None:
            raise GateFailed(f"no champion: {outcome.reason}; take more than {users:,} --users")
        console.say(f"3 of 5: train … {_in_words(outcome.result.churn)}")
        with console.progress() as step, redirect_stdout(figures):
            last, every = base.tables.observed_until, timedelta(days=config.churn.horizon_days)
            dates = [last - every * ago for ago in range(BEFORE, -1, -1)]
            *_, snapshot = [score(base, model, one, progress=step) for one in dates]
            run = plan(base, snapshot, progress=step)
            groups = layered(base, None, config.store_path / "layers")
            steps = funnel(base, None, None, config.store_path / "funnel")
    with redirect_stdout(figures):
        show_worth_keeping(snapshot, config.churn.activity)
        show_snapshot(snapshot, config)
        show_layers(groups)
        show_funnel(steps)
        show_run(run)
        console.say(f"pictures: {config.store_path / 'pictures'}")
        console.say(f"MLflow: {program('mlflow')} ui --backend-store-uri {tracking.uri(config)}")
    about = snapshot.manifest
    kept = f"{about['eligible']:,} of {about['users']:,} users are still there to be kept"
    console.say(f"4 of 5: score … {kept}; for the pages, {BEFORE} earlier dates as well, with today's model")
    fates, plays = run.report["users"]["fates"], run.report["plays"]
    console.say(
        f"5 of 5: plan … {len(plays)} plays write to {fates[TREATMENT]:,} users and hold {fates[HOLDOUT]:,} back, "
        "to prove that it helps"
    )
    console.say("")
    show_first(snapshot, config)
    console.say("")
    show_plays(run)
    _show_next(config, outcome.cards[-1])


def _in_words(churn: Mapping[str, Mapping[str, float]]) -> str:
    """How good the model is, without a word of statistics: the AUC is just this share of pairs."""
    ours, silence = (churn[name]["auc"] for name in ("holdfast", "recency"))
    return f"it tells who leaves from who stays in {ours:.0%} of pairs (by days of silence alone: {silence:.0%})"


def _show_next(config: Config, card: Path) -> None:
    """Where to look, and what to type next: nothing but commands that work from here as they are printed."""
    report, pictures, given = config.file.with_name(REPORT), config.store_path / "pictures", near(config.file)
    console.say(f"all figures: {near(report)}")
    console.say(f"model card:  {near(card)}")
    console.say(f"pictures:    {near(pictures)}")
    console.say("Go on with")
    console.say(f"  {program()} campaign show --language zh --config {given}  # the plan as a table, in Chinese: 中文")
    console.say(f"  {program()} campaign approve --by somebody-else --config {given}  # never by who planned it")
    console.say(f"  {program()} campaign export --config {given}  # the approved lists as files; nothing is sent")
    console.say(f"  {program()} stages --config {given}  # where users stand, and who moves where")
    console.say(f"  {program()} serve --config {given}  # pages on http://127.0.0.1:3000/ui, until Ctrl-C")
    console.say(f"  {program()} init --help  # your own CSV or Parquet files")


def _is_demo(file: Path) -> bool:
    return file.exists() and file.read_text(encoding="utf-8").startswith(HEAD)
