"""After how many days a changed product is told by users alike a year ago, and how often that alarm is false.

    python benchmarks/bench_changed_product.py                        30,000 and 120,000 users, two seeds, some minutes
    python benchmarks/bench_changed_product.py --users 30000 --seeds 7 8 9

A simulated base with 1,100 days of logs is looked at each week of its last 300 days, as `holdfast monitor` does
(serving/monitoring/year_ago.py): as it is, and with every user leaving twice as fast in the last 91 days. A quiet base
must not be told at all; of the other the row says after how many days it was told first.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features.config import load
from features.simulate import World, simulate
from features.user_base import opened
from serving.monitoring.year_ago import DAYS, year_ago

UNTIL, LOGS, AFTER, LOOKED = datetime(2026, 1, 1), 1100, 91, 300
TOML = """\
[tables.orders]
path = "orders/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
"""


def looks(folder: Path, users: int, seed: int, factor: float) -> list[tuple[int, float, bool]]:
    """Weekly runs: days since the change, the sum, and whether it was told."""
    change = UNTIL - timedelta(days=AFTER)
    drift = {"drift_day": change.date(), "hazard_factor": factor} if factor != 1 else {}
    simulate(folder, users, days=LOGS, until=UNTIL.date(), seed=seed, world=World(days_before=730, **drift))
    (folder / "holdfast.toml").write_text(TOML, encoding="utf-8")
    found = []
    with opened(load(folder / "holdfast.toml")) as base:
        for days in range(AFTER - LOOKED, AFTER + 1, DAYS):
            at = change + timedelta(days=days)
            one = year_ago(replace(base, tables=replace(base.tables, observed_until=at), built={}), at)
            assert one is not None, "the logs are too short"
            found.append((days, one.sum, one.changed))
    return found


def main(sizes: Sequence[int], seeds: Sequence[int]) -> int:
    false = 0
    for users in sizes:
        for seed in seeds:
            for factor in (1, 2):
                with tempfile.TemporaryDirectory() as folder:
                    found = looks(Path(folder), users, seed, factor)
                quiet = [one for one in found if factor == 1 or one[0] <= 0]
                wrong, most = [one for one in quiet if one[2]], max(abs(one[1]) for one in quiet)
                right = [one for one in found if factor != 1 and one[0] > 0 and one[2]]
                false += len(wrong)
                word = f"told after {right[0][0]} days" if right else "not told" if factor != 1 else "quiet"
                word += f"; of {len(quiet)} quiet weeks {len(wrong)} told, the largest sum {most:.1f}"
                print(f"{users:6,} users, seed {seed}, hazard x {factor:g}: {word}", flush=True)
    return 1 if false else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--users", type=int, nargs="*", default=[30_000, 120_000])
    options.add_argument("--seeds", type=int, nargs="*", default=[7, 8])
    given = options.parse_args()
    sys.exit(main(given.users, given.seeds))
