"""From how many rows a user on windows are built faster by way of intervals, see features/build/ladder.py.

    python benchmarks/bench_ladder.py [EVENTS]     1 M events at each of five lengths of history, some three minutes

One line for each number of rows a user and each set of columns: the CPU seconds of both ways, on one thread, the least
of three turns, and which of them `plan` takes. Both must give the same table. Data goes to a temporary folder and away.
"""

import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from feature_ways import CUTOFF, RFM, WINDOWED, WINDOWS, session, simulate

from features.build import model_columns, plan, run
from features.build.population import Population, measure
from features.catalogue.feature import FeatureColumn, parse
from features.user_base import UserBase

HISTORIES = (10, 40, 100, 200, 300)  # rows a user
TURNS = 3
FEW = [name for name in WINDOWED if int(name.rpartition("_")[2][:-1]) in WINDOWS[::3]]


def told(base: UserBase, rows_a_user: float) -> UserBase:
    """The base as if its users had so many events each, which decides the way."""
    events = replace(base.tables.counts["events"], used=rows_a_user, users=1)  # type: ignore[arg-type]
    return replace(base, tables=replace(base.tables, counts={"events": events}))


def sql(base: UserBase, columns: list[FeatureColumn]) -> str:
    return plan(replace(base, tables=replace(base.tables)), columns, everybody=True).sql


def measured(base: UserBase, columns: list[FeatureColumn], population: Population) -> tuple[float, float, bool]:
    """CPU seconds directly and by intervals, and whether the latter way is taken."""
    ways = [told(base, 0.0), told(base, math.inf)]
    found, took = [], [math.inf, math.inf]
    for _ in range(TURNS):
        for number, way in enumerate(ways):
            ready = plan(way, columns, everybody=True)
            begin = time.process_time()
            table = run(base.con, ready, population)
            took[number] = min(took[number], time.process_time() - begin)
            found = [*found[-1:], table.sort_by("user_id")]
            if len(found) == 2 and not found[0].equals(found[1]):
                raise SystemExit("bench_ladder: the two ways give different tables")
    return took[0], took[1], sql(base, columns) == sql(ways[1], columns)


def main(events: int) -> None:
    print(f"{'rows a user':>11} {'columns':<24}{'direct':>8}{'intervals':>10}{'ratio':>7}  taken")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd()) as place:
        for rows in HISTORIES:
            data = Path(place) / f"{rows}" / "events"
            simulate(data, events, events // rows)
            with session(data) as base:
                base.con.raw_sql("SET threads = 1")
                population = measure(base, CUTOFF)
                sets = {"14 RFM": list(map(parse, RFM)), "40 windowed": list(map(parse, FEW))}
                sets |= {"100 windowed": list(map(parse, WINDOWED))}
                sets |= {"catalogue": model_columns(base.config, base.tables)}
                for name, columns in sets.items():
                    direct, intervals, taken = measured(base, columns, population)
                    way = "intervals" if taken else "direct"
                    line = f"{rows:>11} {name:<24}{direct:>8.2f}{intervals:>10.2f}{intervals / direct:>7.2f}  {way}"
                    print(line, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
