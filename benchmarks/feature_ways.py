"""What bench_features.py measures: simulated events, and each way to features of them as a function of their folder.

A way is called with the folder and a clock that it holds open while it works, and returns its table.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features.build import build, known, model_columns, plan, run
from features.build.population import Population, measure
from features.catalogue.feature import REGISTRY, FeatureColumn, parse
from features.config import Config
from features.user_base import UserBase, opened

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
                    (pow(s % 1000000007 / 1000000007.0, 1.6) * {users})::bigint as user_id,
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
def session(data: Path) -> Iterator[UserBase]:
    """The user base of the events; the scratch file lies beside the data."""
    tables, engagement = {"events": {"path": f"{data}/*.parquet"}}, {"kinds": list(KINDS)}
    file, store = data.parent / "holdfast.toml", {"path": str(data.parent / "store")}
    config = Config(tables=tables, engagement=engagement, store=store, file=file)
    with opened(config) as base:
        yield base


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
    """Our features of everybody; ``compiled``: before the clock starts."""

    def task(data: Path, clock: Callable) -> pa.Table:
        with session(data) as base:
            nobody = Population(CUTOFF, 0, None, None, 0.0, 0.0)  # none of these depend on it
            columns = [parse(name) for name in names]
            ready = plan(base, columns, everybody=True)
            with clock():
                if not compiled:
                    ready = plan(base, columns, everybody=True)
                return run(base.con, ready, nobody)

    return task


def catalogue(data: Path, clock: Callable) -> pa.Table:
    with clock(), session(data) as base:
        return build(base, CUTOFF, model_columns(base.config, base.tables))


def cutoffs(count: int) -> Callable:
    def task(data: Path, clock: Callable) -> pa.Table:
        with session(data) as base, clock():
            compiled = plan(base, model_columns(base.config, base.tables), everybody=True)
            for number in range(count):
                table = None  # or two of them would be held at a time
                at = CUTOFF - timedelta(days=7 * number)
                table = run(base.con, compiled, measure(base, at))
            return table

    return task


def tiny(data: Path, clock: Callable) -> pa.Table:
    with session(data) as base:
        columns = model_columns(base.config, base.tables)
        spare = (
            one
            for one in (FeatureColumn(REGISTRY["event_value"], days) for days in range(3, 400))
            if one not in columns
        )
        columns += list(spare)[: 200 - len(columns)]
        compiled, population = (
            plan(base, columns),
            measure(base, CUTOFF),
        )
        users = base.con.to_pyarrow(known(base, CUTOFF))
        for _ in range(3):  # what is compiled once is compiled now
            run(base.con, compiled, population, users)
        with clock():
            for _ in range(10):
                table = run(base.con, compiled, population, users)
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
