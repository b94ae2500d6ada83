"""The demo: a simulated user base from raw logs to a table of whom to keep."""

from pathlib import Path
from shutil import rmtree

from features import whole_files
from features.config import load
from features.errors import BadInput, GateFailed
from features.simulate import simulate
from features.user_base import opened
from serving.batch.score import score
from serving.terminal import backtest, console
from serving.terminal.check import check
from serving.terminal.tables import show_tables
from serving.terminal.users import show_snapshot, show_worth_keeping
from training import job, tracking

HEAD = '[project]\nname = "demo"\n'
CONFIG = f"""\
{HEAD}[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30                 # no order for 30 days = churned
eligible_days = 60
[train]
cutoffs = 6                       # a quarter of the default: a demo should not take long
"""


def demo(folder: Path, users: int) -> None:
    """simulate → check → train → score, in ``folder``, telling what happens; an earlier demo there is replaced.

    Raises BadInput where the folder holds anything else, GateFailed where no model was promoted.
    """
    file = folder / "holdfast.toml"
    if folder.exists() and any(folder.iterdir()) and not _is_demo(file):
        raise BadInput(f"{folder}: is not empty, and no demo made it; name another folder with --out")
    out = console.console()
    out.rule("1 of 4: simulate")
    folder.mkdir(parents=True, exist_ok=True)
    whole_files.write_text(file, CONFIG)  # first: a demo that is stopped can be run again
    rmtree(folder / "data", ignore_errors=True)
    with console.progress() as step:
        rows = simulate(folder / "data", users, progress=lambda done: step("simulating", done, users))
    console.say(", ".join(f"{count:,} {name}" for name, count in rows.items()))
    config = load(file)
    with opened(config) as base:
        out.rule("2 of 4: check")
        show_tables(base.tables)
        check(base)
        out.rule("3 of 4: train")
        with console.progress() as step:
            outcome = job.train(base, progress=step)
        backtest.show_training(outcome)
        model = tracking.champion(config)
        if model is None:
            raise GateFailed(f"no champion: {outcome.reason}; take more than {users:,} --users")
        out.rule("4 of 4: score")
        with console.progress() as step:
            snapshot = score(base, model, progress=step)
    show_worth_keeping(snapshot, config.churn.activity)
    show_snapshot(snapshot, config)
    console.say(f"pictures: {config.store_path / 'pictures'}")
    console.say(f"MLflow: mlflow ui --backend-store-uri {tracking.uri(config)}")
    console.say(f"next: holdfast serve --config {file}, or bring your own data: holdfast init orders.csv")


def _is_demo(file: Path) -> bool:
    return file.exists() and file.read_text(encoding="utf-8").startswith(HEAD)
