"""Whether scoring loses nothing: killed with SIGKILL at random points and run again until it finishes, over and over.

    python benchmarks/bench_chaos.py               200 kills, some minutes
    python benchmarks/bench_chaos.py --kills 20    --light: without LightGBM, faster

Half of the kills come after a random time, half at a random step on the disk (a file opened, renamed, removed, a folder
made), where a careless job would break. After every kill the snapshot before must still be the latest, whole, and every
finished part must be the bytes of an uninterrupted run. Every finished run must have all of these bytes, and have done
no bucket twice but the one that each kill cut short. Scoring runs in children of a process that has imported all it
needs and run nothing, so that a child takes no time to start.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features.build import known
from features.config import load
from features.simulate import simulate
from features.user_base import opened
from serving.batch import score as job
from training.bundle import load as load_bundle
from training.bundle import save
from training.evaluation import backtest
from training.fit import cold_start_bundle
from training.fit.train import complete, training_rows
from training.tracking import Version

CONFIG = """\
[engine]
threads = 1
[tables.orders]
path = "data/orders/*.parquet"
{more}[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 4
"""
MORE = '[tables.events]\npath = "data/events/*.parquet"\n[tables.users]\npath = "data/users/*.parquet"\n'
STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")  # audit events that are counted within the store
BUCKETS = 16


def prepare(folder: Path, users: int, light: bool) -> None:
    """A base, a model, and an old snapshot of it; then what an uninterrupted run makes of it, and in what time."""
    simulate(folder / "data", users, days=240)
    (folder / "holdfast.toml").write_text(CONFIG.format(more="" if light else MORE))
    config = load(folder / "holdfast.toml")
    with opened(config) as base:
        if light:
            bundle = cold_start_bundle.bundle(base, base.tables.observed_until)
        else:
            test = backtest.test_cutoffs(base)[0]
            bundle = complete(base, training_rows(base, test), test)
        save(bundle, folder / "bundle")
        job.score(base, Version("chaos", "", bundle), base.tables.observed_until - timedelta(days=7))
        everybody = base.con.to_pyarrow(known(base, base.tables.observed_until))["user_id"].to_pylist()
    shutil.copytree(folder / "store" / "snapshots", folder / "old")
    (folder / "everybody.json").write_text(json.dumps(sorted(everybody)))


def run(folder: Path, steps: int | None = None) -> int:
    """Score in this process, which dies at the given step on the disk; returns the steps that it took."""
    store, log, taken = str(folder / "store"), folder / "buckets.log", 0
    rows = job._rows

    def logged(given: job._Job, find: object, prefix: str) -> object:
        with log.open("a") as file:
            file.write(f"{prefix}\n")
        return rows(given, find, prefix)  # type: ignore[arg-type]

    def count(event: str, given: tuple) -> None:
        nonlocal taken
        if event in STEPS and given and isinstance(given[0], str | os.PathLike) and str(given[0]).startswith(store):
            taken += 1
            if taken == steps:
                os.kill(os.getpid(), signal.SIGKILL)

    job._rows = logged  # type: ignore[assignment]
    sys.addaudithook(count)
    config, bundle = load(folder / "holdfast.toml"), load_bundle(folder / "bundle")
    with opened(config) as base:
        found = job.score(base, Version("chaos", "", bundle), digits=1)
        everybody = json.loads((folder / "everybody.json").read_text())
        assert sorted(found.table(["user_id"])["user_id"].to_pylist()) == everybody, "not everybody once"
    return taken


def child(work: Callable[[], int], report: Path | None = None) -> int:
    """Start work in a child; returns its process id."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            taken = work()
            if report:
                report.write_text(str(taken))
            code = 0
        finally:
            os._exit(code)
    return pid


def parts(store: Path, run_id: str) -> dict[str, str]:
    """The hash of every finished part and of its record."""
    records = sorted((store / "snapshots" / run_id).glob("part-*.json"))
    files = [file for record in records for file in (record, record.with_suffix(".parquet"))]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def chaos(folder: Path, kills: int, seed: int) -> dict:
    """Kill and run again; raises AssertionError where anything was lost, done twice or half visible."""
    store, log, rng = folder / "store", folder / "buckets.log", random.Random(seed)
    pointer = store / "snapshots" / "latest"
    old, began = pointer.read_text(), time.perf_counter()
    assert os.waitpid(child(lambda: run(folder), folder / "steps"), 0)[1] == 0
    whole, steps, new = time.perf_counter() - began, int((folder / "steps").read_text()), pointer.read_text()
    expected = parts(store, new)
    assert len(expected) == 2 * BUCKETS and new != old
    done, finished, unfinished, redone, hit = 0, 0, 0, 0, Counter[str]()

    def afresh() -> None:
        shutil.rmtree(store)
        shutil.copytree(folder / "old", store / "snapshots")
        log.unlink(missing_ok=True)

    afresh()
    while done < kills:
        if rng.random() < 0.5:
            at = rng.randint(1, steps)
            pid = child(lambda: run(folder, at))  # noqa: B023
        else:
            pid = child(lambda: run(folder))
            time.sleep(rng.uniform(0, whole))
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        there, visible = parts(store, new), (store / "snapshots" / new / "manifest.json").exists()
        assert all(expected[name] == digest for name, digest in there.items()), "a finished part is another"
        assert pointer.read_text() == old or visible, "latest moved before the manifest was there"
        if os.WIFSIGNALED(status):
            done, unfinished = done + 1, unfinished + 1
            hit["with the manifest" if visible else f"{len(there) // 2} buckets"] += 1
            print(f"kill {done}: {len(there) // 2} buckets finished, visible: {visible}", file=sys.stderr, flush=True)
            continue
        assert os.waitstatus_to_exitcode(status) == 0, "a run that was gone on with failed"
        twice = len(log.read_text().split()) - BUCKETS
        assert there == expected and pointer.read_text() == new and twice <= unfinished
        assert not list((store / "work").iterdir()) and not list((store / "snapshots").glob("*/.*"))
        finished, redone, unfinished = finished + 1, redone + twice, 0
        afresh()
    return {
        "kills": done,
        "finished": finished,
        "redone": redone,
        "seconds": round(whole, 2),
        "steps": steps,
        "before the first bucket": hit["0 buckets"],
        "between buckets": sum(n for key, n in hit.items() if key.endswith("buckets")) - hit["0 buckets"],
        "after the manifest": hit["with the manifest"],
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--users", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--light", action="store_true")
    options.add_argument("--prepare", type=Path)
    given = options.parse_args()
    if given.prepare:
        return prepare(given.prepare, given.users, given.light)
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-W", "ignore", __file__, "--prepare", place, "--users", str(given.users)]
        subprocess.run([*command, *(["--light"] if given.light else [])], check=True)
        print(json.dumps(chaos(Path(place), given.kills, given.seed), indent=1), flush=True)
    return None


if __name__ == "__main__":
    main()
