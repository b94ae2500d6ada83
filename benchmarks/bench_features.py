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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features.build import build, known, model_columns, plan, run
from features.clean import clean
from features.config import Config
from features.engine import connect
from features.feature import REGISTRY, Column, parse
from features.population import Population, measure

CUTOFF = datetime(2025, 12, 1)
START = datetime(2024, 1, 1)
DAYS = 700
KINDS = ("visit", "view", "cart", "checkout")
WINDOWS = (7, 14, 30, 45, 60, 90, 180, 270, 365, 540)
WINDOWED = [
    f"{name}{kind}_{days}d"
    for name in ("event_count", "event_value")
    for kind in ("", *(f"__{kind}" for kind in KINDS))
    for days in WINDOWS
]
RHYTHM = [name for name, one in REGISTRY.items() if one.family == "rhythm" and one.powers and not one.spanned]
RFM_WINDOWS = (30, 90, 180, 365)
RFM = [
    *("days_since_event", "tenure_days", "event_total", "event_value_mean", "active_days_90d", "event_momentum_90d"),
    *(f"{name}_{days}d" for name in ("event_count", "event_value") for days in RFM_WINDOWS),
]
TINY = 100  # events


def simulate(folder: Path, events: int, users: int) -> None:
    """Sessions of three events within minutes, users of very different activity, in the order of time."""
    folder.mkdir(parents=True)
    con, parts = duckdb.connect(), max(1, events // 5_000_000)
    for part in range(parts):
        begin, end = events * part // parts, events * (part + 1) // parts
        con.execute(f"""
            copy (
                with drawn as (
                    select i, i // 3 as session, hash(i) as h, hash(i // 3 + 5) as s from range({begin}, {end}) r(i)
                )
                select
                    (pow(s % 1000003 / 1000003.0, 1.6) * {users})::bigint as user_id,
                    timestamp '{START}' + to_microseconds(session * 3 * ({DAYS} * 86400000000 // {events})
                        + (s // 7 % 3600000000 + h // 7 % 600000000)::bigint) as time,
                    {list(KINDS)}[1 + (h % 4)::int] as event,
                    's' || session as session_id,
                    case when h % 4 = 3 then h // 11 % 20000 / 100.0 end as value,
                    case when h % 4 in (1, 2) then
                        'item' || (pow(h // 13 % 100003 / 100003.0, 3) * 2000)::int end as item
                from drawn
            ) to '{folder}/part-{part:03}.parquet' (format parquet)""")


@contextmanager
def session(data: Path) -> Iterator[tuple]:
    """(config, connection, clean tables); the scratch file lies beside the data."""
    tables, engagement = {"events": {"path": f"{data}/*.parquet"}}, {"kinds": list(KINDS)}
    file, store = data.parent / "holdfast.toml", {"path": str(data.parent / "store")}
    config = Config(tables=tables, engagement=engagement, store=store, file=file)
    with connect(config) as con:
        yield config, con, clean(con, config).tables


def sql(data: Path, text: str) -> pa.Table:
    with tempfile.TemporaryDirectory(dir=data.parent) as spill:
        con = duckdb.connect(config={"temp_directory": spill, "preserve_insertion_order": False})
        return con.sql(text.format(events=f"read_parquet('{data}/*.parquet')")).to_arrow_table()


def one_pass(data: Path, clock: Callable) -> pa.Table:
    with clock():
        return sql(data, "select user_id, count(*), sum(value), max(time) from {events} group by user_id")


def by_hand(data: Path, clock: Callable) -> pa.Table:
    flags = [f"ago <= {days} as w{days}" for days in WINDOWS] + [f"event = '{kind}' as {kind}" for kind in KINDS]
    columns = []
    for name in WINDOWED:
        base, _, span = name.rpartition("_")
        value, _, kind = base.partition("__")
        test = f"w{span[:-1]}" + (f" and {kind}" if kind else "")
        then = "count(case when {} then 1 end)" if value == "event_count" else "sum(case when {} then value end)"
        columns.append(f"{then.format(test)} as {name}")
    text = f"""
        select user_id, {", ".join(columns)} from (
            select user_id, value, {", ".join(flags)} from (
                select *, date_diff('microsecond', time, timestamp '{CUTOFF}') / 86400e6 as ago
                from {{events}} where time < timestamp '{CUTOFF}'))
        group by user_id"""
    with clock():
        return sql(data, text)


def ours(names: list[str], compiled: bool) -> Callable:
    """Our features; ``compiled``: the query is, and the users are known, before the clock starts."""

    def task(data: Path, clock: Callable) -> pa.Table:
        with session(data) as (config, con, tables):
            nobody = Population(CUTOFF, 0, None, None, 0.0, 0.0)  # none of these depend on it
            columns = [parse(name) for name in names]
            ready = (plan(config, con, tables, columns), con.to_pyarrow(known(con, config, tables, CUTOFF)))
            with clock():
                if not compiled:
                    ready = (plan(config, con, tables, columns), known(con, config, tables, CUTOFF))
                return run(con, ready[0], nobody, ready[1])

    return task


def catalogue(data: Path, clock: Callable) -> pa.Table:
    with clock(), session(data) as (config, con, tables):
        return build(config, con, tables, CUTOFF, model_columns(config, tables))


def cutoffs(count: int) -> Callable:
    def task(data: Path, clock: Callable) -> pa.Table:
        with session(data) as (config, con, tables), clock():
            compiled = plan(config, con, tables, model_columns(config, tables))
            for number in range(count):
                at = CUTOFF - timedelta(days=7 * number)
                users = known(con, config, tables, at)
                table = run(con, compiled, measure(con, config, tables, at), users)
            return table

    return task


def tiny(data: Path, clock: Callable) -> pa.Table:
    with session(data) as (config, con, tables):
        columns = model_columns(config, tables)
        spare = (Column(one, days) for days in range(3, 99) for one in REGISTRY.values() if one.name == "event_value")
        columns += list(spare)[: 200 - len(columns)]
        compiled, population = plan(config, con, tables, columns), measure(con, config, tables, CUTOFF)
        users = con.to_pyarrow(known(con, config, tables, CUTOFF))
        for _ in range(3):  # what is compiled once is compiled now
            run(con, compiled, population, users)
        with clock():
            for _ in range(10):
                table = run(con, compiled, population, users)
        return table


def pandas_rfm(data: Path, clock: Callable) -> pa.Table:
    import numpy as np
    import pandas as pd

    with clock():
        rows = pd.read_parquet(data, columns=["user_id", "time", "value"])
        rows = rows[rows.time < CUTOFF]
        rows["ago"] = (pd.Timestamp(CUTOFF) - rows.time) / pd.Timedelta(days=1)
        by_user = rows.groupby("user_id")
        found = by_user.agg(
            days_since_event=("ago", "min"),
            tenure_days=("ago", "max"),
            event_total=("ago", "size"),
            event_value_mean=("value", "mean"),
        )
        for days in RFM_WINDOWS:
            inside = rows[rows.ago <= days].groupby("user_id")
            found[f"event_count_{days}d"] = inside.size()
            found[f"event_value_{days}d"] = inside.value.sum()
        inside = rows[rows.ago <= 90]
        active = pd.DataFrame({"user_id": inside.user_id, "day": np.ceil(inside.ago)}).drop_duplicates()
        found["active_days_90d"] = active.groupby("user_id").size()
        found["event_momentum_90d"] = found.event_count_90d / found.event_count_180d
        return pa.Table.from_pandas(found.reset_index())


def polars_rfm(data: Path, clock: Callable) -> pa.Table:
    import polars as pl

    ago = (pl.lit(CUTOFF) - pl.col("time")).dt.total_microseconds() / 86400e6
    windowed = []
    for days in RFM_WINDOWS:
        inside = pl.col("ago") <= days
        windowed += [inside.sum().alias(f"event_count_{days}d")]
        windowed += [pl.when(inside).then("value").sum().alias(f"event_value_{days}d")]
    active = pl.when(pl.col("ago") <= 90).then(pl.col("ago").ceil()).drop_nulls().n_unique()
    with clock():
        rows = pl.scan_parquet(data / "*.parquet").filter(pl.col("time") < CUTOFF).with_columns(ago=ago)
        found = rows.group_by("user_id").agg(
            pl.col("ago").min().alias("days_since_event"),
            pl.col("ago").max().alias("tenure_days"),
            pl.len().alias("event_total"),
            pl.col("value").mean().alias("event_value_mean"),
            active.alias("active_days_90d"),
            *windowed,
        )
        return (
            found.with_columns(event_momentum_90d=pl.col("event_count_90d") / pl.col("event_count_180d"))
            .collect()
            .to_arrow()
        )


TASKS: dict[str, Callable] = {
    "one pass": one_pass,
    "by hand": by_hand,
    "windowed": ours(WINDOWED, compiled=True),
    "with rhythm": ours([*WINDOWED, *RHYTHM], compiled=True),
    "rfm ours": ours(RFM, compiled=False),
    "rfm pandas": pandas_rfm,
    "rfm polars": polars_rfm,
    "catalogue": catalogue,
    "one cutoff": cutoffs(1),
    "twelve cutoffs": cutoffs(12),
    "tiny": tiny,
}
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


if __name__ == "__main__":
    work(sys.argv[2], Path(sys.argv[4]))
