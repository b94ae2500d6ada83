"""Whether a store that was copied at any moment of any job comes back to a consistent state.

    python benchmarks/bench_copies.py                     some 20 copies a job, some ten minutes
    python benchmarks/bench_copies.py --copies 4 --users 1000 --jobs score erase

A small base is trained, scored twice, given boards and a planned, approved and exported campaign. Then each job runs
once more, in a process of its own, while `cp -r` copies the store at random moments of it. On every copy the documented
way back is gone: `holdfast store verify --mend`, and an unfinished erasure is finished. Then nothing may be wrong any
more, the latest snapshot has to be read from end to end, and MLflow has to know its champion, whose files are whole.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from benchmarks import forked
from features.config import load
from features.errors import BadInput
from features.simulate import simulate
from serving.batch.snapshot import latest
from serving.rights.erase import erase
from serving.rights.journal import pending
from serving.store.mend import mend
from serving.store.problems import problems
from training.tracking import champion

DAYS = 240
TOML = """\
[tables.orders]
path = "data/orders/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[tables.messages]
path = "data/messages/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 2
[store.keep]
snapshots = 1
[contact.channels.email]
[[play]]
name = "all"
all = ["stage != 'prospect'"]
kind = "care"
channels = ["email"]
"""
JOBS: dict[str, tuple[str, ...]] = {
    "score": ("score", "--fresh"),
    "boards": ("boards",),
    "plan": ("campaign", "plan"),
    "export": ("campaign", "export", "--format", "csv", "--by", "bob"),
    "monitor": ("monitor",),
    "prune": ("store", "prune"),
    "train": ("train",),
    "erase": ("erase", *(one for user in range(7, 400, 13) for one in ("--user", str(user)))),
}


PLANNED = (("campaign", "plan"), ("campaign", "approve", "latest", "--by", "bob"))
BEFORE = {"export": PLANNED, "erase": (*PLANNED, ("campaign", "export", "--format", "csv", "--by", "bob"))}


def run(folder: Path, *verb: str, check: bool = True) -> None:
    code, _ = forked.wait(forked.verb(folder, verb))
    if check and code:
        raise SystemExit(f"{' '.join(verb)}: exit code {code}")


def shop(folder: Path, users: int) -> None:
    """The base with all that a store keeps."""
    simulate(folder / "data", users, days=DAYS)
    (folder / "holdfast.toml").write_text(TOML)
    run(folder, "train", check=False)
    run(folder, "models", "promote", "1", check=False)  # where it was not promoted
    run(folder, "score", "--as-of", "2025-11-22")
    run(folder, "score")
    run(folder, "boards")


def copied(
    folder: Path, verb: Sequence[str], to: Path, count: int, chance: random.Random, seconds: float
) -> list[Path]:
    """Run a verb, and copy the store at random moments of it, of which it takes so many seconds."""
    moments = sorted(chance.uniform(0.3, 1.05) * seconds for _ in range(count))
    begun, found = time.monotonic(), []
    job = forked.verb(folder, verb)
    for number, moment in enumerate(moments):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        place = to / f"copy{number}"
        place.mkdir(parents=True)
        subprocess.run(["cp", "-r", str(folder / "store"), str(place / "store")], stderr=-3, check=False)
        shutil.copy(folder / "holdfast.toml", place)
        (place / "data").symlink_to(folder / "data")
        found.append(place)
    forked.wait(job)
    return found


def restored(place: Path) -> int:
    """Go the documented way back; leave what was wrong before, and what still is, in a file."""
    config = load(place / "holdfast.toml")
    store, wrong = config.store_path, []
    first = problems(store)
    mend(store)
    if pending(store) is not None:
        erase(config, [], datetime(2026, 1, 4))
    wrong += problems(store)
    try:
        snapshot = latest(store)
        if snapshot.table(["user_id"]).num_rows != snapshot.manifest["users"]:
            wrong.append("the latest snapshot has other rows than it says")
        if champion(config) is None:
            wrong.append("no champion")
    except BadInput as error:
        wrong.append(str(error))
    (place / "found.json").write_text(json.dumps([first, wrong]))
    return 0


def main(users: int, copies: int, jobs: Sequence[str], seed: int) -> int:
    chance, bad = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "base"
        base.mkdir()
        shop(base, users)
        for name in jobs:
            work = Path(place) / name
            shutil.copytree(base, work / "run")
            for verb in BEFORE.get(name, ()):
                run(work / "run", *verb)
            shutil.copytree(work / "run", work / "timed")
            begun = time.monotonic()
            run(work / "timed", *JOBS[name], check=name not in ("train",))
            seconds = time.monotonic() - begun
            found, wrong, first = copied(work / "run", JOBS[name], work, copies, chance, seconds), [], 0
            for one in found:
                code, _ = forked.wait(forked.start(one, lambda one=one: restored(one)))
                told = json.loads((one / "found.json").read_text()) if code == 0 else [[], [f"exit code {code}"]]
                first += bool(told[0])
                wrong += [f"{one.name}: {text}" for text in told[1]]
            bad += len(wrong)
            after = f"{first} to be mended, {len(wrong)} problems after that"
            print(f"{name:<8} {seconds:5.1f} s, {len(found)} copies, {after}", flush=True)
            for text in wrong[:4]:
                print(f"  {text.replace(place, '')}", flush=True)
            shutil.rmtree(work)
    return 1 if bad else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--users", type=int, default=1500)
    options.add_argument("--copies", type=int, default=20)
    options.add_argument("--jobs", nargs="*", choices=list(JOBS), default=list(JOBS))
    options.add_argument("--seed", type=int, default=5)
    given = options.parse_args()
    sys.exit(main(given.users, given.copies, given.jobs, given.seed))
