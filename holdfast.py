"""The command line, one verb per job, and the Python door, `holdfast.open()`. Both only call the floors below."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

# They are common names: a folder of the person's own may stand in their way.
for _name in ("features", "training", "serving"):
    _found, _ours = find_spec(_name), Path(__file__).resolve().with_name(_name)
    _places = [Path(place).resolve() for place in (_found and _found.submodule_search_locations) or ()]
    if _found and _ours not in _places:
        _words = (
            f"{_places[0] if _places else _found.origin} hides Holdfast's own '{_name}'; "
            "run from another folder, or rename it"
        )
        if __name__ == "__main__":
            sys.exit(f"holdfast: {_words}")
        raise ImportError(_words)

from features import whole_files
from serving.cli import command
from serving.cli.boards import boards
from serving.cli.campaign import campaign
from serving.cli.command import HERE, File, moment, read, session
from serving.cli.models import models
from serving.cli.monitor import monitor
from serving.cli.rights.erase import erase, export_user
from serving.cli.rights.store import store
from serving.cli.run import run
from serving.cli.serve import serve
from serving.cli.simulate import simulate
from serving.cli.snapshots import snapshots
from serving.cli.train import train
from serving.cli.user_list import list_users
from serving.cli.verify import verify

# All else is imported where it is used: --help answers at once, and Ctrl-C ends a verb in one line.

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(models, name="models")
app.add_typer(snapshots, name="snapshots")
app.add_typer(campaign, name="campaign")
app.add_typer(store, name="store")

AsOf = Annotated[str | None, typer.Option("--as-of", help="Cutoff, as 2026-01-31 or 2026-01-31T12:00.")]


def __getattr__(name: str) -> Any:
    """``open`` and ``example`` of the Python door, which the command line does not need."""
    if name not in ("open", "example"):
        raise AttributeError(f"module 'holdfast' has no attribute '{name}'")
    from serving import door, example

    return {"open": door.open, "example": example.example}[name]


@app.command()
def init(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, globs or URIs; default: the files of this folder.")
    ] = None,
    playbook: Annotated[
        bool, typer.Option("--playbook", help="Append a playbook of twelve plays; a file that is there keeps its text.")
    ] = False,
    config: File = HERE,
) -> None:
    """Write a commented holdfast.toml, guessing table columns from the files."""
    from features.first_config import append, write

    told = [] if playbook and not files and config.exists() else write(files or [], config)
    for line in [*told, *(append(config) if playbook else [])]:
        print(line)
    print(f"wrote {config}; check it, then: holdfast check --config {config}")
    if playbook:
        print(f"once a base is scored: holdfast campaign plan --config {config}")


@app.command()
def demo(
    users: Annotated[int, typer.Option(min=1000, help="Users to simulate.")] = 10_000,
    out: Annotated[Path, typer.Option(help="Folder to work in.")] = Path("demo"),
    serve: Annotated[bool, typer.Option("--serve", help="Then serve its pages, with two new keys.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of --serve.")] = 3000,
) -> None:
    """Simulate a user base, then check, train, score, and show whom to keep."""
    from serving.cli.demo.demo import demo as run

    run(out, users)
    if serve:
        from serving.cli.demo import demo_keys

        demo_keys.serve(out, port)


app.command("list")(list_users)
for _verb in (simulate, verify, boards, monitor, run, erase):
    app.command()(_verb)
app.command("export-user")(export_user)


@app.command()
def check(config: File = HERE) -> None:
    """Read configuration and tables; print what became of their rows, the data gates and candidate churn horizons."""
    from serving.terminal.check import check as run

    with session(config) as (settings, con):
        run(read(con, settings))
    print(f"{config}: good (hash {settings.hash()})")


@app.command()
def features(
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("features.parquet"),
    as_of: AsOf = None,
    config: File = HERE,
) -> None:
    """Build the feature table of every user at a cutoff into a Parquet file."""
    from serving.reports.feature_table import write
    from serving.terminal.console import progress

    with session(config) as (settings, con):
        cutoff = moment(settings, as_of)
        out.parent.mkdir(parents=True, exist_ok=True)  # or the work of minutes would be lost at its end
        base = read(con, settings, cutoff)
        with progress() as step:
            written = write(base, cutoff or base.tables.observed_until, out, step)
    print(f"wrote {out}: {written.users:,} users, {len(written.columns)} features as of {written.as_of:%Y-%m-%d %H:%M}")


app.command()(train)


@app.command()
def backtest(
    as_of: AsOf = None,
    cutoffs: Annotated[int, typer.Option(min=1, max=50, help="Test cutoffs, one horizon apart.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    config: File = HERE,
) -> None:
    """Evaluate at past cutoffs: model beside baselines."""
    from serving.terminal.backtest import show_backtest
    from serving.terminal.calibration import show_calibration
    from serving.terminal.check import show_alarms
    from serving.terminal.console import progress
    from serving.terminal.protocol import show_protocols
    from training.evaluation import backtest as tests
    from training.evaluation.backtest_json import report

    with session(config) as (settings, con):
        last = moment(settings, as_of)
        if json_file:
            json_file.parent.mkdir(parents=True, exist_ok=True)
        base = read(con, settings)
        dates = tests.test_cutoffs(base, cutoffs, last)
        show_protocols(base, dates)
        with progress() as step:
            results = tests.backtest(base, dates, step)
    show_alarms(results)
    show_calibration(results[-1].bundle)
    show_backtest(settings, results)
    if json_file:
        whole_files.write_text(json_file, json.dumps(report(settings, results), indent=1))
        print(f"wrote {json_file}")


@app.command()
def score(
    as_of: AsOf = None,
    fresh: Annotated[bool, typer.Option(help="Score again even if this run is there already.")] = False,
    model_name: Annotated[
        str | None, typer.Option("--model", help="Version to score with: 3, v3 or previous; default: the champion.")
    ] = None,
    config: File = HERE,
) -> None:
    """Score every user with the champion, and a challenger beside it; a base too young to train, by MBG/NBD."""
    from serving.batch.fallback_model import without_champion
    from serving.batch.score import score as run
    from serving.lineage.emit import lineage
    from serving.terminal.console import progress, say
    from serving.terminal.users import second_home, show_snapshot, show_worth_keeping
    from training.tracking import champion
    from training.tracking.challengers import beside
    from training.tracking.registry import fetch

    with session(config) as (settings, con):
        cutoff = moment(settings, as_of)
        model = fetch(settings, model_name) if model_name is not None else champion(settings)
        challenger, why_not = beside(settings, model) if model and model_name is None else (None, "")
        base = read(con, settings, cutoff)
        if model is None:
            model, why = without_champion(base, cutoff)
            for line in why:
                say(line)
        if why_not:
            say(why_not)
        with progress() as step, lineage(base, "score") as telling:
            snapshot = run(base, model, cutoff, fresh, step, challenger=challenger)
            telling.add("snapshots", snapshot.run_id, snapshot.manifest["users"])
    show_worth_keeping(snapshot, settings.churn.activity)
    show_snapshot(snapshot, settings)
    second_home(settings, snapshot)


@app.command()
def stages(
    begin: Annotated[
        str | None, typer.Option("--from", help="First date; default: three horizons before the last.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last date; default: the end of the logs.")] = None,
    every: Annotated[float | None, typer.Option(min=0.1, help="Days between dates; default: the horizon.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: stages in the store.")] = None,
    config: File = HERE,
) -> None:
    """Put every user on a lifecycle stage at several dates, and show the flow between them."""
    from serving.reports import stages as job
    from serving.terminal.console import progress
    from serving.terminal.reports import show_stages

    with session(config) as (settings, con):
        first, last = moment(settings, begin, "--from"), moment(settings, end, "--to")
        base = read(con, settings, last)
        at = job.dates(base, first, last, every)
        with progress() as step:
            found = job.stages(base, at, out or settings.store_path / "stages", step)
    show_stages(settings, found)


@app.command()
def layers(
    names: Annotated[list[str] | None, typer.Argument(help="Layers wanted; default: all.")] = None,
    as_of: AsOf = None,
    recut: Annotated[bool, typer.Option(help="Work out kept cuts, such as means, anew.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: layers in the store.")] = None,
    config: File = HERE,
) -> None:
    """Group every user: RFM classes, order bands, risk × value, and layers of your own."""
    from serving.reports.layers import layered
    from serving.terminal.console import progress
    from serving.terminal.reports import show_layers

    with session(config) as (settings, con):
        cutoff = moment(settings, as_of)
        base = read(con, settings, cutoff)
        with progress() as step:
            found = layered(base, cutoff, out or settings.store_path / "layers", names or [], recut, step)
    show_layers(found)


@app.command()
def funnel(
    as_of: AsOf = None,
    days: Annotated[float | None, typer.Option(min=0.1, help="Days before the cutoff; default: the horizon.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: funnel in the store.")] = None,
    config: File = HERE,
) -> None:
    """Count who takes which step of the funnel, and find the groups whose rates diverge."""
    from serving.reports.funnel import funnel as run
    from serving.terminal.reports import show_funnel

    with session(config) as (settings, con):
        cutoff = moment(settings, as_of)
        base = read(con, settings, cutoff)
        show_funnel(run(base, cutoff, days, out or settings.store_path / "funnel"))


app.command()(serve)


def main() -> None:
    """Run a verb; every bad end is one line on stderr and an exit code: 1 a failed gate, 2 bad usage or input."""
    sys.exit(command.run(app, sys.argv[1:] or ["--help"]))


if __name__ == "__main__":
    main()
