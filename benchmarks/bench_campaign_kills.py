"""Whether campaigns lose nothing: planning and exporting killed with SIGKILL at random points and run again.

    python benchmarks/bench_campaign_kills.py               100 kills, some minutes
    python benchmarks/bench_campaign_kills.py --kills 20 --digits 0
    python benchmarks/bench_campaign_kills.py --kills 0 --pairs 20 --disks 20     as root, for disks are mounted

Half of the kills come after a random time, half at a random step on the disk (a file opened, renamed, removed, a folder
made). After every kill, whatever has its final name must be the bytes of an uninterrupted run. Every finished run must
be these bytes and nothing else: assignments, lists, report, manifest, approval, payloads and receipts. Of two plans at
once, and of two jobs that export at once, all must end well and leave these bytes. On disks that are too small, from
hardly any room to nearly enough, each job must end with one line, leave nothing but such bytes, and, once there is
room, go on to them.
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

from features.errors import BadInput
from serving.batch.snapshot import latest
from serving.campaigns.export import export
from serving.campaigns.plan import plan
from serving.campaigns.receipts import approval, approve, every_receipt
from serving.campaigns.run import open_run
from tests.serving.campaigns.world import AS_OF, arrow, config_of, opened, orders, snapshot

TOML = """
[contact]
quiet_hours = { from = "21:00", to = "09:00" }
max = [{ messages = 2, days = 7 }]
own_usage = { share = 0.5, days = 30, least = 1, most = 4 }
[contact.channels.email]
cost = 0.1
batch = 20
[contact.channels.push]
[[play]]
name = "rich"
all = ["value_at_stake >= 50"]
channels = ["email"]
cost = 1.0
budget = 30.0
entered = true
[[play]]
name = "all"
all = ["active_days_30d >= 0"]
channels = ["push", "email"]
"""
EXPORTS = (
    ("rich", "csv", "full"),
    ("rich", "braze", "full"),
    ("all", "jsonl", "full"),
    ("rich", "csv", "in"),
    ("all", "jsonl", "out"),
)
STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")  # audit events that are counted within the store


def prepare(folder: Path, users: int, digits: int) -> None:
    """A snapshot."""
    rows = [{"user_id": one, "value_at_stake": one % 101 * 1.0} for one in range(users)]
    snapshot(config_of(folder, TOML), rows, digits=digits)


def run(folder: Path, users: int, steps: int | None = None, do: tuple[str, ...] = ("plan", "approve", "export")) -> int:
    """Plan, approve and export in this process, which dies at the given step; returns the steps that it took."""
    store, taken = str(folder / "store"), 0

    def count(event: str, given: tuple) -> None:
        nonlocal taken
        if event in STEPS and given and isinstance(given[0], str | os.PathLike) and str(given[0]).startswith(store):
            taken += 1
            if taken == steps:
                os.kill(os.getpid(), signal.SIGKILL)

    config = config_of(folder, TOML)
    sys.addaudithook(count)
    told = [{"user_id": one, "consent_marketing": one % 7 > 0, "timezone": "Asia/Tokyo"} for one in range(users)]
    at = AS_OF - timedelta(days=2)
    sent = [{"user_id": one, "time": at, "channel": "push", "campaign_id": None} for one in range(0, users, 9)] * 2
    active = {one: one % 12 for one in range(users)}
    with opened(config, "same", users=arrow(told), messages=arrow(sent), orders=orders(active)) as base:
        begun = "plan" not in do or any(every_receipt(config.store_path))  # exports change what may be planned
        found = open_run(config.store_path, "latest") if begun else plan(base, latest(config.store_path), "ann")
        if "approve" in do and approval(found) is None:
            approve(found, "bob", AS_OF)
        for number, (play, form, which) in enumerate(EXPORTS if "export" in do else ()):
            export(base, found, play, form, AS_OF + timedelta(minutes=number), "eve", which)
    return taken


def child(work: Callable[[], object], report: Path | None = None) -> int:
    """Start work in a child; returns its process id. report: gets what it returned, or the line that it ended with."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            taken = work()
            if report:
                report.write_text(str(taken))
            code = 0
        except BadInput as error:
            code = 2
            if report:
                report.write_text(str(error))
        finally:
            os._exit(code)
    return pid


def files(store: Path) -> dict[str, str]:
    """The hash of every file of the store's runs that has its final name."""
    there = [file for file in sorted((store / "campaigns").rglob("*")) if file.is_file() and file.name[0] != "."]
    return {str(file.relative_to(store)): hashlib.sha256(file.read_bytes()).hexdigest() for file in there}


def whole(store: Path) -> None:
    """Nothing half lies in the store."""
    left = [*(store / "campaigns").rglob(".*"), *(store / "work").glob("*")]
    assert not left, f"left behind: {left}"


def chaos(folder: Path, users: int, digits: int, kills: int, seed: int) -> dict:
    """Kill and run again; raises AssertionError where anything was lost, doubled or half visible."""
    store, rng, hit = folder / "store", random.Random(seed), Counter[str]()
    assert os.waitpid(child(lambda: prepare(folder, users, digits)), 0)[1] == 0
    shutil.copytree(store, folder / "old")
    began = time.perf_counter()
    assert os.waitpid(child(lambda: run(folder, users), folder / "steps"), 0)[1] == 0
    seconds, steps, expected = time.perf_counter() - began, int((folder / "steps").read_text()), files(store)
    whole(store)
    done = finished = 0

    def afresh() -> None:
        shutil.rmtree(store)
        shutil.copytree(folder / "old", store)

    afresh()
    while done < kills:
        if rng.random() < 0.5:
            at = rng.randint(1, steps)
            pid = child(lambda: run(folder, users, at))  # noqa: B023
        else:
            pid = child(lambda: run(folder, users))
            time.sleep(rng.uniform(0, seconds))
            os.kill(pid, signal.SIGKILL)
        status, there = os.waitpid(pid, 0)[1], files(store)
        wrong = [name for name, digest in there.items() if expected.get(name) != digest]
        assert not wrong, f"other bytes than an uninterrupted run's: {wrong}"
        if os.WIFSIGNALED(status):
            done += 1
            receipts = sum(name.endswith("receipt.json") for name in there)
            planned = any(name.endswith("manifest.json") for name in there)
            hit["exporting" if planned and receipts < len(EXPORTS) else "done" if planned else "planning"] += 1
            print(f"kill {done}: {len(there)} of {len(expected)} files", file=sys.stderr, flush=True)
            continue
        assert os.waitstatus_to_exitcode(status) == 0, "a run that was gone on with failed"
        assert there == expected, f"missing: {expected.keys() - there.keys()}"
        whole(store)
        finished += 1
        afresh()
    return {
        "kills": done,
        "finished": finished,
        "files": len(expected),
        "steps": steps,
        "seconds": round(seconds, 2),
        **hit,
    }


def at_once(folder: Path, users: int, pairs: int, seed: int) -> int:
    """Two plans at once, and two that export; raises AssertionError where they do not end as one would."""
    store, rng, expected = folder / "store", random.Random(seed), files(folder / "store")
    for _ in range(pairs):
        shutil.rmtree(store)
        shutil.copytree(folder / "old", store)
        for do, jobs in (("plan",), 2), (("approve",), 1), (("export",), 2):
            begun = []
            for _ in range(jobs):
                begun.append(child(lambda: run(folder, users, None, do)))  # noqa: B023
                time.sleep(rng.choice([0, rng.uniform(0, 1)]))
            ended = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in begun]
            assert not any(ended), f"{do[0]}: ended with {ended}"
        assert files(store) == expected, "two at once left other files than one"
        whole(store)
    return pairs


def too_small(folder: Path, users: int, disks: int) -> dict[str, int]:
    """The same on disks of less room than it takes, and then with room; how often it ended where."""
    store, expected, old = folder / "store", files(folder / "store"), folder / "old"
    page = 4096  # of a tmpfs, in whole numbers of which files and folders lie
    least, most = (
        sum(-(-file.stat().st_size // page) * page + page for file in one.rglob("*")) for one in (old, store)
    )
    disk, line, hit = folder / "disk", folder / "line", Counter[str]()
    disk.mkdir(exist_ok=True)
    for number in range(disks):
        room = least + page * 4 + (most - least) * 3 * number // (4 * disks)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", disk], check=True)
        try:
            shutil.copytree(old, disk / "store")
            code = os.waitstatus_to_exitcode(os.waitpid(child(lambda: run(disk, users), line), 0)[1])
            there = files(disk / "store")
            wrong = [name for name, digest in there.items() if expected.get(name) != digest]
            assert not wrong, f"other bytes than on a large disk: {wrong}"
            said = line.read_text()
            assert code == 0 or (code == 2 and "\n" not in said), f"ended with {code}: {said}"
            planned = any(name.endswith("manifest.json") for name in there)
            hit["enough" if code == 0 else "full while exporting" if planned else "full while planning"] += 1
            subprocess.run(["mount", "-o", "remount,size=1g", disk], check=True)
            assert os.waitpid(child(lambda: run(disk, users)), 0)[1] == 0, "did not go on once there was room"
            assert files(disk / "store") == expected
            whole(disk / "store")
        finally:
            subprocess.run(["umount", disk], check=True)
    return dict(hit)


def main() -> None:
    options = argparse.ArgumentParser()
    for name, default in (("kills", 100), ("users", 500), ("digits", 1), ("seed", 1), ("pairs", 0), ("disks", 0)):
        options.add_argument(f"--{name}", type=int, default=default)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        told: dict[str, object] = chaos(Path(place), given.users, given.digits, given.kills, given.seed)
        if given.pairs or given.disks:
            assert os.waitpid(child(lambda: run(Path(place), given.users)), 0)[1] == 0
        if given.pairs:
            told["pairs"] = at_once(Path(place), given.users, given.pairs, given.seed)
        if given.disks:
            told["disks"] = too_small(Path(place), given.users, given.disks)
        print(json.dumps(told, indent=1), flush=True)


if __name__ == "__main__":
    main()
