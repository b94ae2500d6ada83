"""How fast the features are: against plain SQL, SQL by hand, pandas and polars, on simulated events in Parquet.

    python benchmarks/bench_features.py                 5 M events, about two minutes
    python benchmarks/bench_features.py --full          20 M events of 500,000 users, and twelve cutoffs
    python benchmarks/bench_features.py --full --huge   and 100 M events, some minutes more

Every row runs in a process of its own, so that its peak memory is its own. Rows take turns for some rounds, and the
medians are printed: when others use the machine, seconds grow, and ratios of one run keep their worth. `cpu` counts the
seconds of all threads. Data goes to a temporary folder and away again.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import duckdb
from feature_ways import RFM, TASKS, TINY, WINDOWED, simulate

LONG = 200  # events a user
SAME = (("by hand", "windowed"), ("rfm ours", "rfm pandas"), ("rfm ours", "rfm polars"))  # must agree


def work(task: str, data: Path) -> None:
    """One row, in this process: what it took, as JSON."""
    took = {}

    @contextmanager
    def clock() -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        took.update(seconds=time.perf_counter() - wall, cpu=time.process_time() - cpu)

    table = TASKS[task](data, clock)
    took["sums"] = {
        name: sum(float(value) for value in table[name].to_numpy(zero_copy_only=False) if value == value and value)
        for name in sorted({*WINDOWED, *RFM} & {*table.column_names})
        if task in {name for pair in SAME for name in pair}
    }
    took["columns"] = table.num_columns - 1
    took["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(took))


def measured(jobs: list[tuple[str, Path]], rounds: int) -> dict[tuple[str, Path], dict]:
    """The median of some rounds of every job; the jobs take turns."""
    found: dict[tuple[str, Path], list[dict]] = {job: [] for job in jobs}
    for number in range(rounds):
        for task, data in jobs:
            print(f"\r{number + 1}/{rounds} {task:<20}", end="", file=sys.stderr, flush=True)
            command = [sys.executable, "-W", "ignore", __file__, "--task", task, "--data", str(data)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[task, data].append(json.loads(done.stdout))
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    middle = {
        job: {key: statistics.median(one[key] for one in all) for key in ("seconds", "cpu", "peak")}
        for job, all in found.items()
    }
    return {job: found[job][0] | middle[job] for job in jobs}


def table(rows: list[tuple[str, dict]], plain: dict) -> None:
    print(f"{'':<16}{'columns':>9}{'seconds':>9}{'cpu':>9}{'peak GiB':>10}{'× one pass':>12}")
    for name, took in rows:
        ratio = took["seconds"] / plain["seconds"]
        print(
            f"{name:<16}{took['columns']:>9}{took['seconds']:>9.2f}{took['cpu']:>9.2f}{took['peak']:>10.2f}{ratio:>12.2f}"
        )


def agree(found: dict[str, dict]) -> None:
    """Stop where what is compared for speed is not the same."""
    for one, other in SAME:
        for name, total in found[one]["sums"].items():
            beside = found[other]["sums"][name]
            if abs(total - beside) > 1e-6 * max(1.0, abs(total)):
                raise SystemExit(f"{name}: {one} adds up to {total}, {other} to {beside}")


def main(full: bool, huge: bool, rounds: int) -> None:
    events, users = (20_000_000, 500_000) if full else (5_000_000, 125_000)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd()) as place:
        data = Path(place) / "events"
        simulate(data, events, users)
        few = Path(place) / "tiny" / "events"
        simulate(few, TINY, 10)
        names = [name for name in TASKS if name not in ("one cutoff", "twelve cutoffs", "tiny")]
        found = {task: took for (task, _), took in measured([(name, data) for name in names], rounds).items()}
        agree(found)
        print(f"{events:,} events of {users:,} users, {duckdb_threads()} threads, median of {rounds} rounds")
        table([(name, found[name]) for name in names], found["one pass"])

        def ratio(one: str, other: str, bound: str) -> None:
            print(f"{one} / {other}: {compared(found[one], found[other])} ({bound})")

        ratio("windowed", "by hand", "at most 0.8")
        ratio("windowed", "one pass", "at most 10")
        more = (found["with rhythm"]["seconds"] - found["windowed"]["seconds"]) / found["one pass"]["seconds"]
        print(f"rhythm adds {more:.2f} × one pass (at most 5)")
        ratio("rfm pandas", "rfm ours", "at least 5")
        ratio("rfm polars", "rfm ours", "at least 1.1")
        ratio("catalogue", "one pass", "at most 12")
        histories(Path(place) / "long" / "events", events, rounds)
        cut = {task: took for (task, _), took in measured([("one cutoff", data), ("twelve cutoffs", data)], 1).items()}
        one, twelve = cut["one cutoff"], cut["twelve cutoffs"]
        print(
            f"twelve cutoffs / one: {twelve['seconds'] / one['seconds']:.2f} in time (at most 12), "
            f"{twelve['peak']:.2f} / {one['peak']:.2f} GiB"
        )
        took = measured([("tiny", few)], rounds)["tiny", few]
        print(f"{took['columns']} columns of {TINY} events: {took['seconds'] * 100:.0f} ms a run")
        if huge:
            scale(Path(place), found["catalogue"], events)


def compared(one: dict, other: dict) -> str:
    return f"{one['seconds'] / other['seconds']:.2f}, {one['cpu'] / other['cpu']:.2f} in CPU"


def histories(data: Path, events: int, rounds: int) -> None:
    """The same windows where users have long histories."""
    simulate(data, events, events // LONG)
    found = {task: took for (task, _), took in measured([("by hand", data), ("windowed", data)], rounds).items()}
    print(f"windowed / by hand at {LONG} events a user: {compared(found['windowed'], found['by hand'])} (at most 0.6)")


def scale(place: Path, middle: dict, events: int) -> None:
    """Seconds per event and memory of the whole catalogue, from 2 M events to 100 M."""
    print(f"whole catalogue at {events:,} events: {middle['seconds'] / events * 1e6:.2f} s per million")
    for count in (2_000_000, 100_000_000):
        data = place / f"events-{count}"
        simulate(data, count, count // 40)
        took = measured([("catalogue", data)], 1)["catalogue", data]
        print(
            f"whole catalogue at {count:,} events: {took['seconds'] / count * 1e6:.2f} s per million, "
            f"{took['peak']:.2f} GiB"
        )


def duckdb_threads() -> int:
    return duckdb.connect().sql("select current_setting('threads')").fetchall()[0][0]


def installed() -> None:
    """Stop where polars, which the extra `bench` brings, is missing: at once, and not after minutes."""
    if find_spec("polars") is None:
        raise SystemExit("bench_features: polars is not installed; pip install 'holdfast[bench]', or run 'make bench'")


if __name__ == "__main__":
    installed()
    if sys.argv[1:2] == ["--task"]:
        work(sys.argv[2], Path(sys.argv[4]))
    else:
        main("--full" in sys.argv, "--huge" in sys.argv, rounds=3)
