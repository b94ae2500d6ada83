"""Whether a store that several machines share is ever half there, or loses what one of them did.

    python benchmarks/bench_remote.py                   some fifteen minutes
    python benchmarks/bench_remote.py --kills 10 --rounds 5 --users 300

A server of this machine speaks S3 (holdfast[test], holdfast[remote]). First a store grows by one snapshot a commit, and
each commit's process is killed at a random moment: whoever fetches afterwards has to see one of the states that were
committed, to the byte. Then fetches are killed so. Then two processes commit to one remote at once, round by round, and
all snapshots, suppressions and lines of the audit of both have to be there in the end. Last, every verb runs on two
machines in turn, and somebody is erased: the stores have to be the same, the remote has to be whole, and no object may
hold the erased. Exit code 1 where one of it is not so.
"""

import argparse
import hashlib
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.fs as pf
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features import suppressed
from features.simulate import simulate
from serving.remote import check
from serving.remote.shared import shared
from serving.remote.sync import fetch, push

ROOT = Path(__file__).parent.parent
TOML = """\
[store]
path = "store"
remote = "{uri}"
[tables.orders]
path = "{shop}/orders/*.parquet"
[tables.events]
path = "{shop}/events/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
[funnel]
steps = ["view", "cart"]
[contact.channels.app]
[[play]]
name = "winback"
all = ["eligible == true"]
kind = "care"
channels = ["app"]
"""
SYNC = """
import sys
from pathlib import Path
from serving.remote import sync
print("begun", flush=True)
getattr(sync, sys.argv[1])(Path(sys.argv[2]), sys.argv[3])
"""
WRITER = """
import sys
from pathlib import Path
from features import suppressed
from serving.remote.sync import push
store, uri, name, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
for number in range(rounds):
    folder = store / "snapshots" / f"{name}-{number}"
    folder.mkdir(parents=True)
    (folder / "part-all.parquet").write_text(f"{name} {number}" * 1000)
    (folder / "manifest.json").write_text(f"{name} {number}")
    (store / "snapshots" / "latest").write_text(folder.name)
    with (store / "serving" / "audit.jsonl").open("a") as audit:
        audit.write(f"{name} {number}\\n")
    push(store, uri)
"""
VERBS = (
    "a check", "b train", "a score", "b snapshots list", "b layers", "a stages", "b funnel", "a boards",
    "b features --out {out}",
    "a campaign plan --by ann", "b campaign approve --by bob", "a campaign export", "b campaign read-back",
    "a monitor", "b list", "a export-user --user {user} --out {out}-user", "b store verify", "a erase --user {user}",
    "b snapshots verify", "b snapshots prune --keep 5", "a store prune", "b store verify", "a store verify",
)  # fmt: skip


@contextmanager
def served() -> Iterator[str]:
    """The address of a server that speaks S3; the environment says how it is reached."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        raise SystemExit("bench_remote: no moto; pip install 'holdfast[test]'") from None
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any-secret", "AWS_EC2_METADATA_DISABLED": "true"}
    os.environ |= keys | {"AWS_ENDPOINT_URL": endpoint, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    yield endpoint
    server.stop()


def state(store: Path) -> str:
    """A hash of all that is shared of a store, the audit apart, whose name is each machine's own."""
    digest = hashlib.sha256()
    for path in sorted(one for one in shared(store).files if not one.startswith(("serving/", "mlflow."))):
        digest.update(path.encode() + b"\0" + hashlib.sha256((store / path).read_bytes()).digest())
    return digest.hexdigest()


def killed(verb: str, store: Path, uri: str, most: float | None) -> float:
    """Fetch or push in a process of its own that is killed at a random moment; whether it was in time. most: seconds at
    most; None: it is not killed, and the seconds that it took are returned."""
    command = [sys.executable, "-c", SYNC, verb, str(store), uri]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    begun = time.monotonic()
    try:
        process.wait(None if most is None else random.uniform(0, most))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    return time.monotonic() - begun if most is None else process.wait() != 0


def kills(place: Path, uri: str, times: int) -> int:
    """Commits and fetches that are killed; how many left something that nobody may see."""
    ours, states, wrong, hit, most = place / "ours", set(), 0, 0.0, None
    (ours / "snapshots").mkdir(parents=True)
    push(ours, uri)
    states.add(state(ours))
    for number in range(times):
        folder = ours / "snapshots" / f"2026-{number:04}"
        folder.mkdir()
        for part in range(20):
            (folder / f"part-{part}.parquet").write_bytes(os.urandom(20_000))
        (folder / "manifest.json").write_text(str(number))
        (ours / "snapshots" / "latest").write_text(folder.name)
        states.add(state(ours))
        if most is None:
            most = 1.2 * killed("push", ours, uri, None)
            continue
        hit += killed("push", ours, uri, most)
        fresh = place / f"fresh{number}"
        fetch(fresh, uri)
        wrong += state(fresh) not in states or bool(check.problems(uri))
        shutil.rmtree(fresh)
    push(ours, uri)
    print(f"{times} commits, {hit:.0f} killed on the way: {wrong} times half a store was seen")
    other, hit, lost = place / "other", 0.0, 0
    most = 1.2 * killed("fetch", other, uri, None)
    for _ in range(times):
        shutil.rmtree(other, ignore_errors=True)
        hit += killed("fetch", other, uri, most)
        for folder in (other / "snapshots").glob("2026-*"):
            lost += (folder / "manifest.json").exists() and len(list(folder.glob("part-*"))) != 20
        latest = other / "snapshots" / "latest"
        lost += latest.exists() and not (latest.with_name(latest.read_text()) / "manifest.json").exists()
        fetch(other, uri)
        lost += state(other) != state(ours)
    print(
        f"{times} fetches, {hit:.0f} killed on the way: {lost} times half a store was seen, or not the same afterwards"
    )
    return wrong + lost


def writers(place: Path, uri: str, rounds: int) -> int:
    """Two processes that commit at once; how much of theirs is not there in the end."""
    stores = {name: place / name for name in ("one", "two")}
    for name, store in stores.items():
        (store / "serving").mkdir(parents=True)
        if name == "two":
            fetch(store, uri)
        suppressed.add(store, [name])
        push(store, uri)
    fetch(stores["one"], uri)  # who does not know of an erasure may not push what it made
    begun = time.monotonic()
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store), uri, name, str(rounds)], cwd=ROOT)
        for name, store in stores.items()
    ]
    failed = sum(process.wait() != 0 for process in running)
    seconds = time.monotonic() - begun
    for store in stores.values():
        fetch(store, uri)
    lost = int(state(stores["one"]) != state(stores["two"])) + len(check.problems(uri))
    for store in stores.values():
        lost += sum(
            not (store / "snapshots" / f"{name}-{number}" / "manifest.json").exists()
            for name in stores
            for number in range(rounds)
        )
        lines = [line for file in (store / "serving").glob("audit*.jsonl") for line in file.read_text().splitlines()]
        lost += len({f"{name} {number}" for name in stores for number in range(rounds)} - set(lines))
        lost += sum(not suppressed.read(store).holds(name) for name in stores)
    print(f"two writers, {rounds} commits each in {seconds:.1f} s: {failed} failed, {lost} things lost")
    return failed + lost


def verbs(place: Path, uri: str, users: int) -> int:
    """Every verb on two machines in turn; how many failed, and what is wrong afterwards."""
    simulate(place / "shop", users, days=240)
    for name in "ab":
        (place / name).mkdir()
        (place / name / "holdfast.toml").write_text(TOML.format(uri=uri, shop=place / "shop"))
    failed, user, seconds = [], "", 0.0
    for line in VERBS:
        name, _, verb = line.partition(" ")
        if "{user}" in verb and not user:
            user = erasable(place / "a" / "store")
        words = [word.format(out=place / f"out-{name}", user=user) for word in verb.split()]
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "holdfast", *words], cwd=place / name, capture_output=True, text=True, check=False
        )
        seconds += time.monotonic() - begun
        if done.returncode:
            failed.append(line)
            print(f"  {line}: {done.stderr.strip().splitlines()[-1]}", flush=True)
    for name in "ab":
        push(place / name / "store", uri)
    fetch(place / "a" / "store", uri)
    differ, left = state(place / "a" / "store") != state(place / "b" / "store"), holding(uri, user)
    print(
        f"{len(VERBS)} verbs on two machines in {seconds:.0f} s: {len(failed)} failed; the stores "
        f"{'differ' if differ else 'are the same'}; {left} objects hold the erased user"
    )
    return len(failed) + differ + left


def erasable(store: Path) -> str:
    """A user of the newest snapshot."""
    folder = store / "snapshots" / (store / "snapshots" / "latest").read_text()
    rows = pq.read_table(sorted(folder.glob("part-*.parquet"))[0], columns=["user_id", "eligible"])
    return next(str(one["user_id"]) for one in rows.to_pylist() if one["eligible"])


def holding(uri: str, user: str) -> int:
    """Objects of the remote whose rows name a user."""
    fs, found = pf.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"], region="us-east-1"), 0
    for one in fs.get_file_info(pf.FileSelector(uri.removeprefix("s3://"), recursive=True)):
        if one.is_file and fs.open_input_stream(one.path).read(4) == b"PAR1":
            rows = pq.read_table(one.path, filesystem=fs)
            found += "user_id" in rows.column_names and user in map(str, rows["user_id"].to_pylist())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--users", type=int, default=2000)
    given = parser.parse_args()
    random.seed(7)
    with served() as endpoint, tempfile.TemporaryDirectory() as folder:
        fs = pf.S3FileSystem(endpoint_override=endpoint, region="us-east-1", allow_bucket_creation=True)
        fs.create_dir("shop")
        bad = kills(Path(folder) / "kills", "s3://shop/kills", given.kills)
        bad += writers(Path(folder) / "writers", "s3://shop/writers", given.rounds)
        (Path(folder) / "verbs").mkdir()
        bad += verbs(Path(folder) / "verbs", "s3://shop/verbs", given.users)
    if bad:
        raise SystemExit("not as it has to be")


if __name__ == "__main__":
    main()
