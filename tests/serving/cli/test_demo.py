"""The demo runs from nothing to a table of whom to keep, and destroys nobody's work."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from features.config import load
from features.errors import BadInput, GateFailed
from features.user_base import UserBase
from serving.cli import demo as module
from serving.cli.demo import CONFIG, demo
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


def test_it_runs_whole_and_says_where_to_look(tmp_path, holdfast):
    # Over an earlier demo of another size: nothing of it may be left.
    (tmp_path / "holdfast.toml").write_text(CONFIG)
    (tmp_path / "data" / "orders").mkdir(parents=True)
    (tmp_path / "data" / "orders" / "part-09999.parquet").write_text("of another demo")
    ran = holdfast("demo", "--users", 1500, "--out", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    text = ran.out
    steps = [f"{number} of 4: {name}" for number, name in enumerate(("simulate", "check", "train", "score"), 1)]
    assert all(step in text for step in steps)
    assert "Most worth keeping" in text and "is now champion" in text
    lines = text.splitlines()
    (counts,) = [line for line in lines if line.startswith("1,500 users = ")]
    assert counts.endswith("not eligible")
    for name in ("snapshot", "pictures"):
        (shown,) = [line.removeprefix(f"{name}: ") for line in lines if line.startswith(f"{name}: ")]
        assert (tmp_path / shown).is_dir() and any((tmp_path / shown).iterdir())
    assert f"MLflow: mlflow ui --backend-store-uri sqlite:///{tmp_path}/store/mlflow.db" in lines
    assert f"next: holdfast serve --config {tmp_path}/holdfast.toml" in text
    assert champion(load(tmp_path / "holdfast.toml")) is not None


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


def test_a_model_that_beats_nothing_is_told_in_one_line(tmp_path, monkeypatch):
    outcome = SimpleNamespace(reason="log loss .7 does not beat recency's .6")
    monkeypatch.setattr(module, "simulate", lambda *_, **__: {})
    monkeypatch.setattr(module, "opened", lambda config: nullcontext(UserBase(config, None, None)))
    monkeypatch.setattr(module, "show_tables", lambda *_: None)
    monkeypatch.setattr(module, "check", lambda *_: None)
    monkeypatch.setattr(module.backtest, "show_training", lambda *_: None)
    monkeypatch.setattr(module.job, "train", lambda *_, **__: outcome)
    monkeypatch.setattr(module.tracking, "champion", lambda config: None)
    with pytest.raises(GateFailed) as caught:
        demo(tmp_path, 1000)
    assert str(caught.value) == "no champion: log loss .7 does not beat recency's .6; take more than 1,000 --users"
