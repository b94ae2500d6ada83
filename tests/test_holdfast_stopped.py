"""Ctrl-C ends a verb in one line, whatever it was doing, and nothing else is taken for it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), RuntimeError("Query interrupted")], ids=["us", "DuckDB"])
def test_a_person_who_stops_it_sees_one_line_wherever_it_was(holdfast, monkeypatch, stop):
    from features import config

    def stopped(_):
        raise stop

    monkeypatch.setattr(config, "load", stopped)
    ran = holdfast("check")
    assert (ran.code, ran.err) == (130, "holdfast: stopped\n") and "Traceback" not in ran.out


def test_an_error_of_ours_is_not_taken_for_a_person_who_stops_it(holdfast, monkeypatch):
    from features import config

    def wrong(_):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(config, "load", wrong)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        import holdfast as program

        monkeypatch.setattr(sys, "argv", ["holdfast", "check"])
        program.main()


@pytest.mark.parametrize("seconds", [0, 5])  # 5: it trains
def test_ctrl_c_ends_the_demo_in_one_line(tmp_path, seconds):
    command = [sys.executable, ROOT / "holdfast.py", "demo", "--out", tmp_path / "demo"]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        while not (tmp_path / "demo" / "holdfast.toml").exists() and demo.poll() is None:
            time.sleep(0.1)
        time.sleep(seconds)
        demo.send_signal(signal.SIGINT)
        _, err = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert (demo.returncode, err) == (130, "holdfast: stopped\n")
