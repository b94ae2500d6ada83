"""From how many events a user `[store] partials = true` pays: the CPU of the next day's features, with and without.

    python benchmarks/bench_partials.py [EVENTS] [TURNS] [HISTORY …]     3 M events of each of four histories, 3 turns

Simulated logs of a file a day: user, time, kind and value. For each history a build on day N writes what is kept; then
builds on day N+1 run in processes of their own, by turns without and with it, of all that scoring asks: every column
that models may use, and what stages read of eight weeks before. "whole" is the median over turns of the CPU of the
process with it against that without it, start of Python and cleaning of the tables included, which take the same on
both ways; "features" leaves these two out. Both ways must give the same values. Data goes to a temporary folder and
away.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

import duckdb

HERE = Path(__file__).parent.parent
sys.path.insert(0, str(HERE))  # this checkout, not whichever one is installed

HISTORIES = (10, 40, 100, 300)  # events a user
FEWEST = 1.0  # ratio below which it pays


def simulate(folder: Path, events: int, users: int) -> None:
    from feature_ways import DAYS, START, simulate

    simulate(folder / "all", events, users)
    (folder / "events").mkdir()
    with duckdb.connect() as con:
        con.execute("set threads = 1")
        con.execute(
            f"create table e as select * exclude (session_id, item) from '{folder}/all/*.parquet' order by time"
        )
        for day in range(DAYS):
            begin = START + timedelta(days=day)
            rows = f"from e where time >= timestamp '{begin}' and time < timestamp '{begin + timedelta(days=1)}'"
            con.execute(f"copy ({rows}) to '{folder}/events/{begin:%Y-%m-%d}.parquet' (format parquet)")
    shutil.rmtree(folder / "all")
    for partials in ("true", "false"):
        (folder / f"{partials}.toml").write_text(
            f'[tables.events]\npath = "events/*.parquet"\n[store]\npartials = {partials}\n'
            '[engagement]\nkinds = ["visit", "view", "cart", "checkout"]\n[engine]\nthreads = 1\n'
        )


def build_in_here(config: str, day: int, out: str) -> None:
    """All features that scoring asks; tells beside its table how much CPU came after the tables were clean."""
    import pyarrow.parquet as pq
    from feature_ways import START

    from features.build import model_columns, warm_days
    from features.config import load
    from features.user_base import opened
    from serving.batch.bucket_features import dates_of, on_duckdb, populations, required_features

    warm_days.LEAST = 0  # also where the program would not
    with opened(load(config)) as base:
        clean = time.process_time()
        at = START + timedelta(days=day)
        asked = required_features(base.config, [column.name for column in model_columns(base.config, base.tables)])
        base = warm_days.with_days(base, dates_of(base.config, at, asked))
        dates = populations(base, at, asked)
        found = on_duckdb(base, next(iter(base.tables.values())), asked, dates, 0, Path(out).parent)("")
        weeks = {f"{name}_{number}": week[name] for number, week in enumerate(found.weeks) for name in week}
        base.still_as_read()
        Path(f"{out}.json").write_text(json.dumps({"features": time.process_time() - clean}))
        table = found.features
        for name, values in weeks.items():
            table = table.append_column(f"week_{name}", [values])
        pq.write_table(table, out)


def built(folder: Path, partials: bool, day: int) -> tuple[float, float]:
    """CPU seconds of a process that builds, and of its features."""
    out = folder / f"{partials}.parquet"
    name = f"{folder}/{str(partials).lower()}.toml"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, __file__, "build", name, str(day), str(out)], check=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, json.loads(Path(f"{out}.json").read_text())["features"]


def main(events: int, turns: int, histories: Sequence[int]) -> None:
    from feature_ways import DAYS

    head = ("events a user", "without", "with", "whole", "features", "first", "kept MB", "raw MB")
    print("".join(f"{one:>{width}}" for one, width in zip(head, (13, 9, 7, 7, 10, 7, 9, 8), strict=True)))
    paid = []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd()) as place:
        for rows in histories:
            folder = Path(place) / str(rows)
            folder.mkdir()
            simulate(folder, events, events // rows)
            first = built(folder, True, DAYS - 2)[0]
            shutil.copytree(folder / "store" / "partials", folder / "first")
            took: list[tuple[tuple[float, float], tuple[float, float]]] = []
            for _ in range(turns):
                shutil.rmtree(folder / "store" / "partials")  # every turn begins with what day N kept
                shutil.copytree(folder / "first", folder / "store" / "partials")
                took.append((built(folder, False, DAYS - 1), built(folder, True, DAYS - 1)))
                if not same(folder):
                    raise SystemExit("bench_partials: both ways give different tables")
            (without, _), (kept, _) = (tuple(median(one[way][of] for one in took) for of in (0, 1)) for way in (0, 1))
            ratio = median(one[1][0] / one[0][0] for one in took)
            of_features = median(one[1][1] / one[0][1] for one in took)
            sizes = [
                sum(f.stat().st_size for f in (folder / at).rglob("*.parquet")) / 1e6 for at in ("first", "events")
            ]
            line = f"{rows:>13}{without:>9.2f}{kept:>7.2f}{ratio:>7.2f}{of_features:>10.2f}{first:>7.2f}"
            print(f"{line}{sizes[0]:>9.1f}{sizes[1]:>8.1f}", flush=True)
            paid += [rows] if ratio < FEWEST else []
            shutil.rmtree(folder)
    print(f"it pays from {min(paid)} events a user on" if paid else "it pays at none of these")


def same(folder: Path) -> bool:
    import pyarrow.parquet as pq

    return pq.read_table(folder / "True.parquet").equals(pq.read_table(folder / "False.parquet"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        build_in_here(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        given = [int(one) for one in sys.argv[1:]]
        events, turns = (given + [3_000_000, 3][len(given) :])[:2]
        main(events, turns, given[2:] or HISTORIES)
