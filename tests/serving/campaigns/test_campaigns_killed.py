"""Killed with SIGKILL at random points of plan and export and run again, nothing is lost or doubled."""

import json
import subprocess
import sys
from pathlib import Path

KILLS = Path(__file__).parents[3] / "benchmarks" / "bench_campaign_kills.py"


def test_campaigns_that_are_killed_again_and_again_end_with_the_bytes_of_an_uninterrupted_run():
    given = ["--users", "120", "--digits", "0", "--kills", "20", "--seed", "3"]
    done = subprocess.run([sys.executable, "-W", "ignore", KILLS, *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["kills"] == 20 and found["finished"] >= 1 and found["planning"] and found["exporting"]
