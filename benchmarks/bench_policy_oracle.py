"""Whether the contact policy gives the reason that an oracle of plain Python gives, for many users, plays and days.

    nice -n 10 python benchmarks/bench_policy_oracle.py       20,000 users, 30 plays, 60 days; some minutes a seed

Three seeds, and more until every fate was seen at least 300 times in all. Policies, playbooks, users, messages and
lists exported before are by chance, a world a seed; the oracle is
tests/serving/campaigns/policy_oracle.py. Also told: into how many groups a run's report is counted.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features import whole_files
from serving.campaigns.fates import FATES
from tests.serving.campaigns.policy_worlds import decided, expected, planned, world

MOST_SEEDS = 30


def compare(seed: int, users: int, plays: int, days: int) -> dict:
    """One world by both ways; how many fates, and how many differ."""
    one = world(random.Random(seed), users, plays, days)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run = planned(one, Path(folder))
        seconds = time.perf_counter() - began
        found = decided(run)
        groups = sum(
            len(whole_files.read_sealed(file)["groups"]) for file in run.folder.glob("assignments/part-*.json")
        )
    began = time.perf_counter()
    wanted = expected(one)
    differ = {key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)}
    for key in sorted(differ, key=str)[:5]:
        print(f"seed {seed}: {key}: {found.get(key)}, the oracle: {wanted.get(key)}", file=sys.stderr)
    return {
        "seed": seed,
        "users": users,
        "fates": len(wanted),
        "differ": len(differ),
        "seconds": round(seconds, 1),
        "oracle_seconds": round(time.perf_counter() - began, 1),
        "groups_of_the_report": groups,
        "by_fate": dict(Counter(one.fate for one in wanted.values()).most_common()),
    }


def main() -> None:
    options = argparse.ArgumentParser()
    for name, default in (("users", 20_000), ("plays", 30), ("days", 60), ("seeds", 3), ("seed", 1), ("least", 300)):
        options.add_argument(f"--{name}", type=int, default=default)
    given = options.parse_args()
    differ, seen = 0, Counter(dict.fromkeys(FATES, 0))
    for seed in range(given.seed, given.seed + MOST_SEEDS):
        if seed >= given.seed + given.seeds and min(seen.values()) >= given.least:
            break
        found = compare(seed, given.users, given.plays, given.days)
        differ += found["differ"]
        seen.update(found["by_fate"])
        print(json.dumps(found), flush=True)
    rare = {fate: count for fate, count in seen.items() if count < given.least}
    print(json.dumps({"fates": seen.total(), "differ": differ, "seen": dict(seen.most_common()), "rare": rare}))
    sys.exit(1 if differ or rare else 0)


if __name__ == "__main__":
    main()
