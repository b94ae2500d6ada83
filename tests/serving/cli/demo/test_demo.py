"""The demo runs from nothing to a table of whom to keep, and destroys nobody's work."""

import shlex
import shutil
import sys
from contextlib import nullcontext, redirect_stdout
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from features.config import load
from features.errors import BadInput, GateFailed
from features.user_base import UserBase
from holdfast import app
from serving.api.pages.history import history
from serving.batch.score import most_worth_keeping
from serving.batch.snapshot import latest
from serving.campaigns.run import open_run
from serving.cli.demo import demo as module
from serving.cli.demo.demo import demo
from serving.cli.demo.demo_config import CONFIG
from serving.scoring.wording import Words
from training.tracking import champion


@pytest.fixture
def simulated(monkeypatch):
    """The work is left out; what was simulated is noted."""
    calls = []

    def simulate(out, users, **_):
        calls.append((out, users))
        raise InterruptedError

    monkeypatch.setattr(module, "simulate", simulate)
    return calls


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The demo as it was run in a folder, over an earlier one of another size: nothing of that may be left."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "demo" / "data" / "orders").mkdir(parents=True)
    (folder / "demo" / "holdfast.toml").write_text(CONFIG)
    (folder / "demo" / "report.txt").write_text("of another demo")
    (folder / "demo" / "data" / "orders" / "part-09999.parquet").write_text("of another demo")
    said = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.chdir(folder)
        demo(Path("demo"), 1500)
    return SimpleNamespace(folder=folder, lines=said.getvalue().splitlines())


@pytest.fixture
def inside(ran, monkeypatch):
    monkeypatch.chdir(ran.folder)
    return ran


def test_the_terminal_shows_a_line_a_step_and_at_most_thirty_more(ran):
    steps, rest = ran.lines[:5], ran.lines[5:]
    names = ("simulate", "check", "train", "score", "plan")
    assert [line.partition(" … ")[0] for line in steps] == [f"{n} of 5: {name}" for n, name in enumerate(names, 1)]
    assert steps[0].endswith(" events") and " … 1,500 users, " in steps[0] and "0 of them unusable" in steps[1]
    assert len(rest) <= 30 and all(len(line) < 170 for line in ran.lines)


def test_pages_have_a_history_to_show(ran):
    store, horizon = ran.folder / "demo" / "store", timedelta(days=30)
    past = history(latest(store))
    assert [b.at - a.at for a, b in pairwise(past)] == [horizon] * 3 and past[-1].snapshot.folder == latest(
        store
    ).folder
    assert [one.snapshot.manifest["stages_before"] for one in past] == [
        None,
        *(one.snapshot.run_id for one in past[:-1]),
    ]
    assert "; for the pages, 3 earlier dates as well, with today's model" in ran.lines[3]


def test_every_board_and_report_that_pages_show_is_made(ran):
    store = ran.folder / "demo" / "store"
    boards = latest(store).manifest["boards"]
    assert boards["missing"] == {} and all(one["rows"] for one in boards["made"].values())
    assert (store / "layers" / "counts.parquet").exists() and (store / "funnel" / "funnel.parquet").exists()


def test_it_ends_with_the_three_users_most_worth_keeping_and_why(ran):
    snapshot = latest(ran.folder / "demo" / "store")
    shown = [line for line in ran.lines if line.startswith("  user ")]
    rows = most_worth_keeping(snapshot, 3).to_pylist()
    assert [line.split(":")[0] for line in shown] == [f"  user {row['user_id']}" for row in rows]
    for line, row in zip(shown, rows, strict=True):
        assert (
            f": {row['churn_risk']:.0%} risk of leaving within 30 days, {row['value_at_stake']:,.0f} at stake" in line
        )
        assert line.endswith(f"(worth {row['value_if_stays']:,.0f} if they stay, {row['stay_tier']} tier)")
        first = next(one for one in row["reasons"] if one["contribution"] > 0)
        words = Words(activity=("orders",)).reason(first, {one["feature"]: one["value"] for one in row["reasons"]})
        assert ran.lines[ran.lines.index(line) + 1].startswith(f"    {words}")


def test_it_ends_with_a_plan_whose_fates_add_up(ran):
    run = open_run(ran.folder / "demo" / "store", "latest")
    plays, fates = run.report["plays"], run.report["users"]["fates"]
    assert f" write to {fates['treatment']:,} users and hold {fates['holdout']:,} back" in ran.lines[4]
    assert len(plays) == 5 and fates["treatment"] > 0 and all(one["matched"] for one in plays)
    for one in plays:
        told = f": of {one['matched']:,} users who match, write to {one['fates']['treatment']:,}"
        assert any(line.startswith(f"  {run.plays[one['name']]['en']}{told}") for line in ran.lines)
    assert not run.manifest["notes"] and not list(run.folder.glob("approval.json"))


def test_the_statistics_are_in_a_file(ran):
    text = (ran.folder / "demo" / "report.txt").read_text()
    for part in (
        "Data gates",
        "Churn horizons",
        "log loss",
        "Most worth keeping",
        "is now champion",
        " users = ",
        "a draft by",
    ):
        assert part in text, part
    assert "of another demo" not in text and "log loss" not in "\n".join(ran.lines)
    ours = champion(load(ran.folder / "demo" / "holdfast.toml")).bundle.metrics["churn"]["holdfast"]["auc"]
    assert f" in {ours:.0%} of pairs " in ran.lines[2]


def test_what_it_says_to_look_at_is_there(inside):
    named = dict(line.split(": ", 1) for line in inside.lines if line.startswith(("all figures", "model card", "pict")))
    assert len(named) == 3 and all(Path(path.strip()).exists() for path in named.values())
    assert any(Path(named["pictures"].strip()).iterdir())


def test_every_command_that_it_prints_works_as_printed(inside, holdfast):
    at = inside.lines.index("Go on with")
    commands = [shlex.split(line, comments=True) for line in inside.lines[at + 1 :]]
    assert [verb for _, verb, *_ in commands] == ["campaign", "campaign", "campaign", "stages", "serve", "init"]
    tree = typer.main.get_command(app)
    for called, verb, *rest in commands:
        assert Path(shutil.which(called)).samefile(Path(sys.executable).with_name("holdfast"))
        files = [file for option, file in pairwise(rest) if option == "--config"]
        assert all(load(Path(file)) for file in files)
        if rest != ["--help"]:
            tree.commands[verb].make_context(verb, rest)  # UsageError: no such option, or a wrong value
    *campaign, stages, _, own = commands
    assert [holdfast(*one[1:]).code for one in campaign] == [0, 0, 0]  # shown, approved, exported
    assert holdfast(*stages[1:]).code == 0 and "Usage: holdfast init" in holdfast(*own[1:]).out


@pytest.mark.parametrize("file", ["data/orders/mine.parquet", "notes.txt"])
def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path, simulated, file):
    mine = tmp_path / file
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(BadInput, match="is not empty, and no demo made it; name another folder with --out"):
        demo(tmp_path, 1000)
    assert mine.read_text() == "mine" and simulated == []


def test_a_configuration_of_ones_own_is_left_alone(tmp_path, simulated):
    (tmp_path / "holdfast.toml").write_text('[project]\nname = "shop"\n')
    with pytest.raises(BadInput, match="no demo made it"):
        demo(tmp_path, 1000)
    assert (tmp_path / "holdfast.toml").read_text() == '[project]\nname = "shop"\n'


def test_a_demo_that_was_stopped_can_be_run_again(tmp_path, simulated):
    for _ in range(2):
        with pytest.raises(InterruptedError):
            demo(tmp_path / "demo", 1000)
    assert simulated == [(tmp_path / "demo" / "data", 1000)] * 2


def test_the_verb_takes_the_users_and_the_folder(tmp_path, simulated, holdfast):
    holdfast("demo", "--users", 1500, "--out", tmp_path / "here")
    assert simulated == [(tmp_path / "here" / "data", 1500)]


@pytest.fixture
def nothing_beaten(monkeypatch):
    """The work is left out, and no model is promoted."""
    outcome = SimpleNamespace(reason="log loss .7 does not beat recency's .6")
    monkeypatch.setattr(module, "simulate", lambda *_, **__: dict.fromkeys(("users", "orders", "events"), 0))
    monkeypatch.setattr(
        module, "opened", lambda config: nullcontext(UserBase(config, None, SimpleNamespace(counts={})))
    )
    monkeypatch.setattr(module, "show_tables", lambda *_: print("what was found"))
    monkeypatch.setattr(module, "check", lambda *_: None)
    monkeypatch.setattr(module.backtest, "show_training", lambda *_: print("how good it is"))
    monkeypatch.setattr(module.job, "train", lambda *_, **__: outcome)
    monkeypatch.setattr(module.tracking, "champion", lambda config: None)


def test_a_model_that_beats_nothing_is_told_in_one_line_and_its_figures_are_kept(tmp_path, nothing_beaten):
    with pytest.raises(GateFailed) as caught:
        demo(tmp_path, 1000)
    assert str(caught.value) == "no champion: log loss .7 does not beat recency's .6; take more than 1,000 --users"
    assert (tmp_path / "report.txt").read_text() == "what was found\nhow good it is\n"
