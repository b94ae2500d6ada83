"""Killed with SIGKILL at random points and run again, it loses nothing: two dozen of benchmarks/bench_chaos's kills."""

import json
import subprocess
import sys
from pathlib import Path

CHAOS = Path(__file__).parents[3] / "benchmarks" / "bench_chaos.py"


def test_a_run_that_is_killed_again_and_again_loses_nothing_and_does_little_twice():
    given = ["--light", "--users", "300", "--kills", "24", "--seed", "5"]
    done = subprocess.run([sys.executable, "-W", "ignore", CHAOS, *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["kills"] == 24 and found["finished"] >= 1
    assert found["redone"] <= found["kills"]
