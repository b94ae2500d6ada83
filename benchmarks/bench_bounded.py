"""Memory and time of verbs on bases that grow: are they bounded, and does a user cost the same?

    python benchmarks/bench_bounded.py [--users 2000000 10000000] [--verbs features stages layers train]

Simulated orders, ten a user, in Parquet; every verb is run as its users run it, in a process of its own, one after the
other. Printed are the peak of its memory, seconds by the clock and of CPU, and what a user costs against the smallest
base. Exits 1 where an aim is missed: at most 8 GiB, and at most 1.3 times as long a user. On two cores 10 M users take
the better part of an hour and 3 GB of disk. Data goes to a temporary folder, below TMPDIR, and away.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb

HERE = Path(__file__).parent.parent
VERBS = ("features", "stages", "layers", "train")
ORDERS, DAYS = 10, 730
GIB, LINEAR = 8.0, 1.3
PART = 10_000_000  # rows of a file
TOML = """\
[engine]
memory = "{memory}"
[tables.orders]
path = "orders/*.parquet"
[churn]
horizon_days = 60
"""


def simulate(folder: Path, users: int, memory: str) -> None:
    """Users of very different activity, each until a day of their own."""
    (folder / "orders").mkdir(parents=True)
    (folder / "holdfast.toml").write_text(TOML.format(memory=memory), encoding="utf-8")
    with duckdb.connect(config={"preserve_insertion_order": False, "memory_limit": "4GB"}) as con:
        for part, begin in enumerate(range(0, users * ORDERS, PART)):
            end = min(begin + PART, users * ORDERS)
            con.execute(f"""
                COPY (
                    WITH drawn AS (SELECT hash(i) AS h, hash(i, 1) AS d FROM range({begin}, {end}) AS r(i)),
                    dated AS (
                        SELECT (pow(h % 1000000007 / 1000000007.0, 1.6) * {users})::BIGINT AS number, h, d FROM drawn
                    )
                    SELECT 'u' || lpad(number::VARCHAR, 9, '0') AS user_id,
                        TIMESTAMP '2023-01-01' + to_microseconds((
                            sqrt(d % 1000003 / 1000003.0) * (.2 + .8 * (hash(number) % 1009 / 1009.0))
                            * {DAYS} * 86400e6)::BIGINT) AS time,
                        ((h >> 8) % 20000 / 100 + 1)::DECIMAL(18, 4) AS amount
                    FROM dated
                ) TO '{folder}/orders/part-{part:03}.parquet' (FORMAT parquet)""")


def measured(verb: str, folder: Path) -> tuple[float, float, float]:
    """Peak in GiB, seconds, and seconds of CPU of a verb in a process of its own."""
    command = [str(Path(sys.executable).parent / "holdfast"), verb, "--config", str(folder / "holdfast.toml")]
    command += ["--out", str(folder / "out" / f"{verb}.parquet")] if verb == "features" else []
    (folder / "out").mkdir(exist_ok=True)
    log = folder / f"{verb}.log"
    began = time.perf_counter()
    with log.open("w") as out:
        to = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, out.fileno(), 2)]
        environment = {**os.environ, "PYTHONPATH": str(HERE), "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
        child = os.posix_spawn(command[0], command, environment, file_actions=to)
        _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"bench_bounded: holdfast {verb} failed: {log.read_text()[-1000:]}")
    return used.ru_maxrss / 2**20, time.perf_counter() - began, used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[2_000_000, 10_000_000])
    parser.add_argument("--verbs", nargs="+", choices=VERBS, default=VERBS)
    parser.add_argument("--memory", default="4GiB", help="[engine] memory")
    given = parser.parse_args()
    good, first = True, {}
    print(f"{'':<10}{'users':>12}{'peak GiB':>10}{'seconds':>9}{'CPU s':>8}{'a user, µs':>12}{'× smallest':>12}")
    for users in sorted(given.users):
        with tempfile.TemporaryDirectory(prefix="bench-") as place:
            folder = Path(place)
            simulate(folder, users, given.memory)
            for verb in given.verbs:
                peak, seconds, cpu = measured(verb, folder)
                each = seconds / users * 1e6
                growth = each / first.setdefault(verb, each)
                good &= peak <= GIB and growth <= LINEAR
                line = f"{verb:<10}{users:>12,}{peak:>10.2f}{seconds:>9.1f}{cpu:>8.1f}{each:>12.1f}{growth:>12.2f}"
                print(line, flush=True)
    print("every aim reached" if good else "an aim was missed")
    sys.exit(not good)


if __name__ == "__main__":
    main()
