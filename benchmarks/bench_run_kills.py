"""Whether a fortnight of `holdfast run` that is killed ends as one that is not, and what it costs beside scoring alone.

    python benchmarks/bench_run_kills.py                  50 kills, and the cost; half an hour
    python benchmarks/bench_run_kills.py --kills 0        the cost alone

A simulated base is trained once. Then 14 days pass: each day its tables hold one more day of logs, and `holdfast run`
does what is due. The same fortnight is gone through again with SIGKILL after random times, and run again after each
until it ends by itself; snapshots, boards and drafted campaigns have to be the bytes of the fortnight without kills,
and no summary may be missing. The cost is told in CPU seconds: of the 14 runs, and of the same 14 days with
`holdfast score` alone, without the interpreter's start and imports; each step of the runs by itself, in wall time.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from benchmarks import forked
from features.simulate import simulate

UNTIL, DAYS, FORTNIGHT = datetime(2026, 1, 15), 254, 14
TIMES = ("time", "signup_at")  # when a row is known
TOML = """\
[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 2
[contact.channels.email]
[[play]]
name = "all"
all = ["stage != 'prospect'"]
kind = "care"
channels = ["email"]
"""
VOLATILE = ("seal", "made", "planned_at", "created", "at")  # of manifests: when it was, and what follows from that


def day(folder: Path, whole: Path, at: datetime) -> None:
    """Let the tables of a base hold what was known at a moment."""
    for file in (whole / "data").rglob("*.parquet"):
        if file.parent.name == "truth":
            continue
        table = pq.read_table(file)
        for name in set(TIMES) & set(table.column_names):
            table = table.filter(pc.fill_null(pc.less(table[name].cast("timestamp[us]"), at), True))
        to = folder / "data" / file.relative_to(whole / "data")
        to.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, to)
        os.utime(to, (at.timestamp(), at.timestamp()))  # the tables' fingerprint goes by it


def state(store: Path) -> dict[str, str]:
    """Every file of snapshots, boards and campaigns by its content; of JSON without what tells when it was."""
    found = {}
    for room in ("snapshots", "boards", "campaigns"):
        for file in sorted((store / room).rglob("*")):
            if not file.is_file() or file.name.endswith((".tmp", ".lock")):
                continue
            content: Any = file.read_bytes()
            if file.suffix == ".json":
                content = json.dumps(_lasting(json.loads(content)), sort_keys=True).encode()
            found[str(file.relative_to(store))] = hashlib.sha256(content).hexdigest()[:12]
    return found


def _lasting(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _lasting(one) for key, one in told.items() if key not in VOLATILE}
    return [_lasting(one) for one in told] if isinstance(told, list) else told


def main(users: int, kills: int, seed: int) -> int:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        whole, start = Path(place) / "whole", Path(place) / "start"
        simulate(whole / "data", users, days=DAYS, until=UNTIL.date(), seed=seed)
        start.mkdir()
        (start / "holdfast.toml").write_text(TOML)
        day(start, whole, UNTIL - timedelta(days=FORTNIGHT))
        for words in (["train"], ["models", "promote", "1"]):  # where it was not promoted
            forked.wait(forked.verb(start, words))
        dates = [UNTIL - timedelta(days=FORTNIGHT - 1 - n) for n in range(FORTNIGHT)]
        ends, costs, steps, clock = {}, {}, {}, 0.0
        for name in ("score", "run"):
            folder = Path(place) / name
            shutil.copytree(start, folder)
            costs[name] = 0.0
            for at in dates:
                day(folder, whole, at)
                begun = time.monotonic()
                code, used = forked.wait(forked.verb(folder, [name]))
                costs[name] += used
                assert code == 0, f"{name} on {at}: exit code {code}"
                clock = max(clock, time.monotonic() - begun)
                if name == "run":
                    summary = json.loads((folder / "store" / "schedule" / "latest.json").read_text())
                    assert summary["good"], summary
                    for one in summary["steps"]:
                        steps[one["step"]] = steps.get(one["step"], 0.0) + one["seconds"]
            ends[name] = state(folder / "store")
        more = costs["run"] / costs["score"] - 1
        print(f"14 x score {costs['score']:.0f} CPU s, 14 x run {costs['run']:.0f} CPU s: {more:+.0%}", flush=True)
        print("wall seconds by step: " + ", ".join(f"{name} {took:.0f}" for name, took in steps.items()), flush=True)
        folder, done = Path(place) / "killed", 0
        shutil.copytree(start, folder)
        for number, at in enumerate(dates):
            day(folder, whole, at)
            due = kills * (number + 1) // FORTNIGHT
            while done < due:
                code, _ = forked.wait(forked.verb(folder, ["run"]), chance.uniform(0.05, 1.0) * clock)
                done += code is None
            forked.wait(forked.verb(folder, ["run"]))
        if kills:
            end, wanted = state(folder / "store"), ends["run"]
            differ = sorted(one for one in end.keys() | wanted.keys() if end.get(one) != wanted.get(one))
            print(f"{done} kills: {len(wanted)} files, {len(differ)} differ {differ[:6]}", flush=True)
            return 1 if differ else 0
    return 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--users", type=int, default=1500)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=5)
    given = options.parse_args()
    sys.exit(main(given.users, given.kills, given.seed))
