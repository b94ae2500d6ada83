"""Spark on a cluster: is it right when workers die or lack the store, and what does scoring cost there?

    python benchmarks/bench_cluster.py                                some minutes
    python benchmarks/bench_cluster.py --kills 10 --missing 10        as root, for a worker is given mounts of its own
    python benchmarks/bench_cluster.py --kills 0 --missing 0 --users 1000000
    python benchmarks/bench_cluster.py --kills 0 --missing 0 --users 0 --driver-memory 1000000

A standalone master and two workers of one core are started as processes of this machine, with Spark's default settings.
All verbs that Spark has a part in run there and by DuckDB; every file that they make is compared column by column. In
each of the kills a worker is killed at a random time, and another takes its place: the end must be the same. In each of
the missing, one worker does not see the store: the run must end with one line that says so.

Speed is that of scoring alone: the same features, split into 16 buckets, are scored by this process's loop and by the
executors. Users a core-second go by the time that the machine's clock shows, times the cores; where others use the
machine too, those a second of CPU say more. Overheads: until the executors answer, and until they have what they need.

--driver-memory scores so many users of two orders each, and four times as many, and prints the peaks of what the driver
holds, Python and Java.
"""

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features.build.feature_table import plan, run
from features.catalogue.feature import parse
from features.engine import spark_session, spark_workers
from features.engine.spark import SCHEMA
from features.user_base import opened
from serving.batch.bucket_features import SplitFeatures, populations, required_features
from serving.batch.buckets import PART
from serving.batch.part import prefix_of, prefixes, write_part
from serving.batch.work.bucket_rows import Scoring, bucket_rows
from serving.batch.work.executors import score_on_executors
from serving.scoring.shown import shown
from tests.plugins.spark_cluster import Cluster, children
from tests.serving.batch.work import every_verb
from tests.serving.batch.work.every_verb import VERBS, Driver, bundles, configured, differences
from training.fit import cold_start_bundle

STEADY = 1.2  # of the driver's peak, at four times the users
GOAL = 0.9  # of the local loop's users a core-second
WORKERS, WARM = 2, 8  # buckets that each may have its turn in
TICK = 100  # of /proc, a second


def alike(folder: Path, cluster: Cluster, name: str, kill: random.Random | None = None) -> bool:
    """All verbs once on the cluster; with a worker killed amid the first that takes long."""
    driver = Driver(folder, name, cluster.environment)
    told, after = [], 0.0
    for verb in VERBS:
        driver.begin(verb)
        if kill and verb == "scored":
            after = kill.uniform(1, LONGEST.get("scored", 60))
            time.sleep(after)
            number = kill.choice(sorted(cluster.workers))
            cluster.kill(number)
            cluster.add(max(cluster.workers, default=number) + number + 1)
        told.append(driver.end())
        LONGEST.setdefault(verb, told[-1].get("seconds", 60))
    driver.stop()
    errors = [one["error"] for one in told if "error" in one]
    odd = {} if errors else differences(folder, "duckdb", name)
    when = f", a worker killed after {after:.1f} s" if kill else ""
    took = ", ".join(f"{one['verb']} {one['seconds']:.1f} s" for one in told if "seconds" in one)
    print(f"{name}{when}: {took}; {errors or odd or 'every file the same'}", flush=True)
    shutil.rmtree(folder / name)
    return not errors and not odd


LONGEST: dict[str, float] = {}  # what a verb took without any harm


def missing(folder: Path, place: Path, number: int) -> bool:
    """A cluster one of whose workers does not see the store: what the run says."""
    name = f"missing-{number}"
    store = folder / name / "store"
    store.mkdir(parents=True)
    cluster = Cluster(place / name, workers=1)
    try:
        cluster.add(1, without=store)
        driver = Driver(folder, name, cluster.environment)
        error = driver.do("features").get("error", "")
        driver.stop()
    finally:
        cluster.stop()
    right = error.startswith("engine.master: the worker on ") and "does not see the store" in error
    print(f"{name}: {error.replace(str(folder), '…') or 'no error'}", flush=True)
    shutil.rmtree(folder / name)
    return right


def split(folder: Path, to: Path, users: int) -> tuple[Scoring, SplitFeatures]:
    """The features of so many users, drawn from the small base, as Spark would have written them."""
    config, model = configured(folder, "duckdb-speed"), bundles.load(folder / "bundle")
    with opened(config) as base:
        as_of = base.tables.observed_until
        wanted = required_features(config, model.features, shown=shown(base))
        dates = populations(base, as_of, wanted)
        now = run(base.con, plan(base, [parse(name) for name in wanted.columns], everybody=True), dates[0])
        looks = plan(base, [parse(name) for name in wanted.looks])
        tables = [now.sort_by("user_id"), *(run(base.con, looks, one, now).sort_by("user_id") for one in dates[1:])]
    drawn = np.random.default_rng(7).integers(0, len(now), users)
    ids = pa.array([f"u{number:09}" for number in range(users)])
    part = np.array([prefix_of(user, 1) for user in ids.to_pylist()])
    folders = tuple(to / f"features-{number}" for number in range(len(tables)))
    for one, table in zip(folders, tables, strict=True):
        rows = table.take(drawn).set_column(0, "user_id", ids)
        for prefix in prefixes(1):
            file = one / "found" / f"{PART}={prefix}" / "part.parquet"
            file.parent.mkdir(parents=True)
            pq.write_table(rows.filter(pa.array(part == prefix)), file)
        pq.write_metadata(rows.schema, one / SCHEMA)
    of = Scoring(config, "bench", as_of, None, None, to / "local", to / "work", 1)
    of.work.mkdir()
    return of, SplitFeatures(wanted, folders)


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that processes have used, and those that they have buried."""
    found = 0.0
    for pid in pids:
        try:
            told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found += sum(int(one) for one in told[11:15]) / TICK
    return found


def speed(folder: Path, place: Path, users: int) -> float:
    """Prints users a core-second here and there; their ratio, by CPU."""
    to = place / "speed"
    of, features = split(folder, to, users)
    model = bundles.load(folder / "bundle")
    bucket_rows(of, model, features.find("0"), "0")  # what is loaded and compiled once
    began, used = time.perf_counter(), time.process_time()
    for prefix in prefixes(1):
        write_part(of.folder, prefix, *bucket_rows(of, model, features.find(prefix), prefix))
    local, local_cpu = time.perf_counter() - began, time.process_time() - used
    cluster = Cluster(place / "cluster-speed", WORKERS)
    try:
        os.environ.update(cluster.environment)
        config = of.config.model_copy(update={"engine": of.config.engine.model_copy(update={"kind": "spark"})})
        there = Scoring(config, of.version, of.as_of, None, None, to / "cluster", of.work, 1)
        began = time.perf_counter()
        session = spark_session.own_session(config)
        spark_session.own_session = lambda config: session  # another session's Pythons would load all anew
        started = time.perf_counter()
        spark_workers.see(session, of.work, alike=True)
        seen = time.perf_counter()
        score_on_executors(there, model, features, prefixes(1)[:WARM])  # each Python loads what it needs, once
        warm = time.perf_counter()
        for file in there.folder.iterdir():
            file.unlink()
        pids = [pid for worker in cluster.workers.values() for pid in children(worker.pid)]
        used, again = cpu(pids), time.perf_counter()
        score_on_executors(there, model, features, prefixes(1))
        took, took_cpu = time.perf_counter() - again, cpu(pids) - used
    finally:
        cluster.stop()
    same = all((there.folder / file.name).read_bytes() == file.read_bytes() for file in of.folder.glob("*.parquet"))
    print(f"scoring {users:,} users, parts {'the same to the byte' if same else 'not the same'}:")
    for who, wall, used in (("this process", local, local_cpu), (f"{WORKERS} executors", took * WORKERS, took_cpu)):
        each = f"{users / wall:8,.0f} users a core-second, {users / used:8,.0f} a second of CPU"
        print(f"  {who:<12} {wall:6.1f} core-seconds, {used:6.1f} s of CPU: {each}")
    print(f"  ratio {local / took / WORKERS:.2f} by the clock, {local_cpu / took_cpu:.2f} by CPU (goal {GOAL})")
    first = f"the first {WARM} buckets, with all imports, took {warm - seen:.1f} s"
    print(f"  Spark started in {started - began:.1f} s, its executors answered after {seen - started:.1f} s; {first}")
    return local_cpu / took_cpu if same else 0.0


ORDERS = """\
COPY (SELECT 'u' || lpad((i // 2)::VARCHAR, 9, '0') AS user_id,
    TIMESTAMP '2025-01-01' + to_seconds((hash(i) % 17280000)::BIGINT) AS time,
    ((hash(i + 1) % 9000) / 100 + 1)::DECIMAL(18, 4) AS amount FROM range({rows}) AS rows(i))
TO '{file}' (FORMAT parquet)"""
TOML = """\
[engine]
threads = 1
memory = "1GiB"
[tables.orders]
path = "data/orders/*.parquet"
[churn]
horizon_days = 30
eligible_days = 400
"""


def driver_memory(place: Path, users: int) -> float:
    """Prints the peak memory of a driver that scores so many users, and four times as many; the ratio of Python's."""
    peaks = []
    for number in (users, 4 * users):
        folder = place / f"memory-{number}"
        (folder / "base" / "data" / "orders").mkdir(parents=True)
        file = folder / "base" / "data" / "orders" / "orders.parquet"
        duckdb.execute(ORDERS.format(rows=2 * number, file=file))
        (folder / "base" / "holdfast.toml").write_text(TOML, encoding="utf-8")
        if not peaks:
            with opened(configured(folder, "duckdb")) as base:  # four features, no trees: what is held is users' alone
                bundles.save(cold_start_bundle.bundle(base, base.tables.observed_until), folder / "bundle")
        else:
            shutil.copytree(place / f"memory-{users}" / "bundle", folder / "bundle")
        cluster = Cluster(place / f"cluster-{number}", WORKERS)
        try:
            driver = Driver(folder, "spark", cluster.environment)
            told = driver.do("scored")
            peaks.append((peak(driver.process.pid), sum(map(peak, children(driver.process.pid)[1:]))))
            driver.stop()
        finally:
            cluster.stop()
        took = f"{told['seconds']:.0f} s" if "seconds" in told else told["error"]
        print(
            f"driver of {number:,} users: Python {peaks[-1][0]:,.0f} MB, Java {peaks[-1][1]:,.0f} MB; {took}",
            flush=True,
        )
        shutil.rmtree(folder / "base" / "data")
    (python, java), (python_4, java_4) = peaks
    print(
        f"  four times the users: Python {python_4 / python:.2f} x, Java {java_4 / java:.2f} x (goal {STEADY} in all)"
    )
    return (python_4 + java_4) / (python + java)


def peak(pid: int) -> float:
    """The most memory that a process ever held, in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=int, default=400, help="users of the base that all verbs run on")
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--missing", type=int, default=1)
    parser.add_argument("--users", type=int, default=100_000, help="users scored for speed; 0: none")
    parser.add_argument("--driver-memory", type=int, default=0, help="users whom a driver scores, then 4 times as many")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    right = []
    with tempfile.TemporaryDirectory() as temporary:
        folder, place = Path(temporary) / "made", Path(temporary)
        if given.kills or given.missing or given.users:
            every_verb.make(folder, given.base)
        right += [missing(folder, place, number) for number in range(given.missing)]
        if given.kills:
            took = list(every_verb.do(folder, "duckdb"))
            print("duckdb: " + ", ".join(f"{one['verb']} {one['seconds']:.1f} s" for one in took), flush=True)
            cluster, dice = Cluster(place / "cluster", WORKERS), random.Random(given.seed)
            try:
                right.append(alike(folder, cluster, "unharmed"))
                right += [alike(folder, cluster, f"kill-{number}", dice) for number in range(given.kills)]
            finally:
                cluster.stop()
        if given.driver_memory:
            right.append(driver_memory(place, given.driver_memory) <= STEADY)
        if given.users:  # last, for this process keeps its session
            right.append(speed(folder, place, given.users) >= GOAL)
    print(f"{sum(right)} of {len(right)} as they should be")
    sys.exit(0 if all(right) else 1)


if __name__ == "__main__":
    main()
