"""`holdfast train`: a challenger whose time is over is decided on first; a model not promoted is exit code 1."""

from types import SimpleNamespace

import pytest

from holdfast import app
from serving.cli import command
from serving.schedule.trial_end import Ended


@pytest.fixture
def train(tmp_path, monkeypatch):
    """train(**outcome): the verb's exit code on a shop of one order, where training comes to that."""
    (tmp_path / "orders.csv").write_text("user_id,time,amount\n1,2026-01-01,5\n")
    (tmp_path / "holdfast.toml").write_text('[engine]\nthreads = 1\n[tables.orders]\npath = "orders.csv"\n')
    monkeypatch.chdir(tmp_path)
    for name in ("check.enough", "check.show_alarms", "calibration.show_calibration", "protocol.show_protocols"):
        monkeypatch.setattr(f"serving.terminal.{name}", lambda *_: None)
    monkeypatch.setattr("training.evaluation.backtest.test_cutoffs", lambda *_: [])
    monkeypatch.setattr("serving.terminal.backtest.show_training", lambda *_: None)
    monkeypatch.setattr("serving.schedule.trial_end.ended", lambda base: Ended(True, "challenger v2 is now champion"))

    def make(**given):
        version = SimpleNamespace(name="v3", bundle=None)
        outcome = {"promoted": False, "same": False, "watched": False, "reason": "it is no better"} | given
        outcome |= {"version": version, "result": SimpleNamespace(bundle=None)}
        monkeypatch.setattr("training.job.train", lambda *_: SimpleNamespace(**outcome))
        return command.run(app, ["train"])

    return make


@pytest.mark.parametrize("good", ["promoted", "same", "watched"])
def test_a_champion_or_challenger_is_a_good_end_and_a_decision_is_said_first(train, capsys, good):
    assert train(**{good: True}) == 0 and "challenger v2 is now champion" in capsys.readouterr().out


def test_a_model_that_is_not_promoted_is_told_by_the_exit_code(train, capsys):
    assert train() == 1
    assert "model v3 was registered but not promoted: it is no better" in capsys.readouterr().err
