"""Whether an erasure leaves no trace and loses nothing, also when it is killed: 100 planted persons, 50 kills.

    python benchmarks/bench_erase_kills.py                  some ten minutes
    python benchmarks/bench_erase_kills.py --kills 5 --users 2000

A simulated base has persons with ids and texts that stand nowhere else, in every table, also in rows that are set
aside. It is trained, scored at two dates, once beside a challenger, grouped, planned, exported and read back by the
verbs. Then they are erased, and every byte of the store is searched, as it is and as Parquet decodes it: MLflow's
database and artifacts, logs, all.
Snapshots must verify, and all other rows must be as they were. Half of the kills come after a random time, half at a
random change of a name; after each, the erasure is done again and has to end with the bytes of one that was not killed.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features import suppressed
from features.config import load
from features.simulate import simulate
from serving.batch.listing import shelf
from serving.batch.lock import STORE
from serving.rights.journal import FOLDER, pending
from serving.rights.own_texts import own_texts
from serving.rights.people import People
from serving.store.problems import problems

ROOT = Path(__file__).parent.parent
WORD = "zqplant"  # of every planted id and text
DAYS = 240
TOML = """\
[project]
name = "planted"
[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[tables.messages]
path = "data/messages/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 4
[promote]
shadow_days = 30
[funnel]
steps = ["view", "cart"]
[contact.channels.email]
[contact.channels.push]
[[play]]
name = "all"
all = ["stage != 'prospect'"]
kind = "care"
channels = ["email", "push"]
"""
ERASE = """
import sys
from datetime import datetime
from pathlib import Path
from features.config import load
point, folder, users = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
if point:
    import os, signal
    left = [point]
    def dying(do):
        def step(*given, **more):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return do(*given, **more)
        return step
    for name in ("replace", "unlink"):
        setattr(Path, name, dying(getattr(Path, name)))
from serving.rights.erase import erase
erase(load(Path(folder) / "holdfast.toml"), users, datetime(2026, 1, 4))
"""


def planted(folder: Path, users: int, persons: int) -> list[str]:
    """Make the base: ids become text; the last of these users get ids and texts of their own."""
    simulate(folder / "data", users, days=DAYS)
    chosen = {str(one): f"{WORD}-{one}-x" for one in range(7, users, max(users // persons, 1))}
    chosen = dict(list(chosen.items())[:persons])
    shutil.rmtree(folder / "data" / "truth", ignore_errors=True)
    for file in (folder / "data").rglob("*.parquet"):
        table = pq.read_table(file)
        if "user_id" not in table.column_names:
            continue
        ids = [chosen.get(one, one) for one in pc.cast(table["user_id"], pa.string()).to_pylist()]
        table = table.set_column(table.schema.get_field_index("user_id"), "user_id", pa.array(ids))
        for name in {"plan", "channel", "region"} & set(table.column_names):
            if file.parent.name != "messages":
                texts = table[name].to_pylist()
                own = [f"{WORD} {name} {u[-4:]}" if WORD in u else text for u, text in zip(ids, texts, strict=True)]
                table = table.set_column(table.schema.get_field_index(name), name, pa.array(own, pa.string()))
        if file.parent.name == "orders":  # some of their rows are set aside
            bad = table.filter(pc.match_substring(table["user_id"], WORD)).slice(0, 50)
            place = bad.schema.get_field_index("amount")
            bad = bad.set_column(place, "amount", pa.array([-1.0] * len(bad)).cast(bad["amount"].type))
            table = pa.concat_tables([table, bad])
        pq.write_table(table, file)
    (folder / "holdfast.toml").write_text(TOML)
    return list(chosen.values())


def verbs(folder: Path) -> None:
    """All that keeps something."""

    def run(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "holdfast", *arguments], cwd=folder, check=True, capture_output=True, env=ENV
        )

    train = [sys.executable, "-m", "holdfast", "train"]
    if subprocess.run(train, cwd=folder, capture_output=True, env=ENV, check=False).returncode:
        run("models", "promote", "1")
    run("score", "--as-of", "2025-11-22")  # the logs end with 2025
    subprocess.run(train, cwd=folder, capture_output=True, env=ENV, check=False)  # the same again, as version 2
    run("models", "challenge", "2")
    run("score")
    for verb in (("layers",), ("stages",), ("funnel",), ("boards",), ("campaign", "plan")):
        run(*verb)
    run("campaign", "approve", "latest", "--by", "bob")
    for form in ("csv", "braze"):
        run("campaign", "export", "--format", form, "--by", "bob")
    run("campaign", "read-back")


def state(store: Path) -> dict[str, bytes]:
    found = [file for file in store.rglob("*") if file.is_file() and file.name != STORE]
    return {
        name: file.read_bytes() for file in found if not (name := file.relative_to(store).as_posix()).startswith("tmp")
    }


def decoded(file: Path, text: bytes) -> list[dict]:
    return pq.read_table(pa.BufferReader(text)).to_pylist() if file.suffix == ".parquet" else []


def traces(found: dict[str, bytes]) -> list[str]:
    """Files in which a planted word stands."""
    word = WORD.encode()
    return [name for name, text in found.items() if word in text or WORD in repr(decoded(Path(name), text))]


def others(found: dict[str, bytes]) -> dict[str, list[str]]:
    """Rows of all Parquet files of everybody else, by the name that the files had at first; the cube has sums."""
    rows = {}
    for name, text in found.items():
        if name.endswith(".parquet") and not any(one in name for one in ("/email/", "/push/", "/cube")):
            told = [repr(row) for row in decoded(Path(name), text)]
            rows[name.partition("~")[0].removesuffix(".parquet")] = [row for row in told if WORD not in row]
    return rows


def erase(folder: Path, ids: list[str], point: int = 0, after: float | None = None) -> float:
    """Erase in a process of its own, and kill it at a change of a name, or after so many seconds."""
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", ERASE, str(point), str(folder), *ids], env=ENV, cwd=ROOT)
    if after is not None:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    if process.wait() and not point and after is None:
        raise SystemExit("an erasure that nobody killed failed")
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--users", type=int, default=3000)
    parser.add_argument("--persons", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "base"
        base.mkdir()
        ids = planted(base, given.users, given.persons)
        verbs(base)
        config = load(base / "holdfast.toml")
        suppressed.add(config.store_path, ["nobody"])  # so that copies have one salt
        before = state(config.store_path)
        own = own_texts(config, People(tuple(ids)), suppressed.read(config.store_path))
        print(f"{len(ids)} persons stand in {len(traces(before))} files, with {len(own)} texts of their own")
        whole = Path(place) / "whole"
        shutil.copytree(base, whole)
        seconds = erase(whole, ids)
        wanted = state(whole / "store")
        left, wrong = traces(wanted), problems(whole / "store")
        print(
            f"erased in {seconds:.1f} s: {len(left)} files with a trace {left[:5]}; {len(wrong)} problems {wrong[:3]}"
        )
        kept, now = others(before), others(wanted)
        changed = [name for name, rows in now.items() if rows != kept[name]]
        lost = [name for name in kept.keys() - now.keys() if kept[name]]
        print(f"{len(now)} tables: {len(changed)} with other rows of others {changed[:3]}; {len(lost)} gone {lost[:3]}")
        differ, finished = [], 0
        chance = random.Random(7)
        for number in range(given.kills):
            folder = Path(place) / f"kill{number}"
            shutil.copytree(base, folder)
            half = number % 2
            erase(folder, ids, chance.randint(1, 250) if half else 0, None if half else chance.uniform(0.3, seconds))
            unfinished = pending(folder / "store") is not None
            if not unfinished and any((folder / "store" / FOLDER).glob("2026-*.json")):  # the kill came too late
                finished += 1
            else:
                erase(folder, [] if unfinished and chance.random() < 0.5 else ids)
            if (end := state(folder / "store")) != wanted:
                names = sorted(one for one in end.keys() | wanted.keys() if end.get(one) != wanted.get(one))
                differ.append((number, names[:3]))
            shutil.rmtree(folder)
        print(f"{given.kills} kills, {finished} after its end: {len(differ)} ended otherwise {differ[:3]}")
        verified = [one.problem for one in shelf(whole / "store") if one.problem]
        if left or wrong or changed or lost or differ or verified:
            raise SystemExit("not as it has to be")


ENV = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}

if __name__ == "__main__":
    main()
