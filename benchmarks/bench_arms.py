"""Whether the arms of plays stay what they are, and whether holdouts are what a trial needs.

    nice -n 10 python benchmarks/bench_arms.py              1,000 reruns, some minutes
    python benchmarks/bench_arms.py --reruns 20 --no-spark

Arms are drawn again and again while users are added, in DuckDB (as runs do) and in plain Python (as programs outside
do), in another order each time; Spark draws those of everybody once. Nobody may ever have another arm, anywhere. Then,
over more users: the share of each holdout within 3 sigma, also of the global one, and chi-square tests of each holdout
against risk, value, the other plays, the global holdout and the same play in another epoch.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from features.groups.rule_sql import quoted
from serving.campaigns.fates import HOLDOUT
from serving.campaigns.policy import arm, arm_sql, in_global_holdout
from serving.scoring.bucket import BUCKETS, bucket

PLAYS = (("winback_high", 0.1), ("select", 0.05), ("生日-care", 0.5))
EPOCH, GLOBAL = "2026-H1", 0.05
SIGMAS, LEAST_P = 3.0, 0.001


def in_duckdb(con: duckdb.DuckDBPyConnection, users: Sequence[str], play: str, share: float) -> np.ndarray:
    """Whether each user is held out, as a run works it out."""
    con.register("people", pa.table({"n": np.arange(len(users)), "user_id": pa.array(users, pa.string())}))
    sql = arm_sql(quoted(f"{play}|{EPOCH}|"), str(round(share * BUCKETS)))
    return con.execute(f"SELECT {sql} = '{HOLDOUT}' AS held FROM people ORDER BY n").fetchnumpy()["held"]


def in_python(users: Sequence[str], play: str, share: float, epoch: str = EPOCH) -> np.ndarray:
    """The same in plain Python."""
    return np.array([arm(play, epoch, user, share) == HOLDOUT for user in users])


def in_spark(users: Sequence[str]) -> list[np.ndarray]:
    """The same of every play in Spark's SQL, written from OPERATIONS.md §3.1, not from DuckDB's."""
    from pyspark.sql import SparkSession

    settings = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = settings.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    try:
        rows = session.createDataFrame(list(enumerate(users)), "n int, user_id string")
        drawn = [
            f"cast(conv(right(md5(concat({quoted(f'{play}|{EPOCH}|')}, user_id)), 8), 16, 10) AS bigint) % 10000 "
            f"< {round(share * BUCKETS)} AS p{number}"
            for number, (play, share) in enumerate(PLAYS)
        ]
        found = rows.selectExpr("n", *drawn).toPandas().sort_values("n")
        return [found[f"p{number}"].to_numpy() for number in range(len(PLAYS))]
    finally:
        session.stop()


def reruns(count: int, begin: int, added: int, spark: bool) -> dict:
    """Draw the arms so many times, with so many users more each time; how many draws there were, and differ."""
    rng = np.random.default_rng(1)
    users = [name(number) for number in range(begin + added * (count - 1))]
    first = {play: in_python(users, play, share) for play, share in PLAYS}
    draws, differ = 0, {"duckdb": 0, "python": 0, "spark": 0}
    with duckdb.connect(config={"threads": 2}) as con:
        for run in range(count):
            order = rng.permutation(begin + added * run)
            some = [users[place] for place in order]
            for play, share in PLAYS:
                wanted = first[play][order]
                differ["duckdb"] += int((in_duckdb(con, some, play, share) != wanted).sum())
                differ["python"] += int((in_python(some, play, share) != wanted).sum())
                draws += len(some)
    if spark:
        for (play, _), found in zip(PLAYS, in_spark(users), strict=True):
            differ["spark"] += int((found != first[play]).sum())
    else:
        del differ["spark"]
    return {"reruns": count, "users": [begin, len(users)], "plays": len(PLAYS), "draws_each": draws, "differ": differ}


def name(number: int) -> str:
    """An id as bases have them: whole numbers, texts, and texts that are no ASCII."""
    return (str(number), f"u-{number:08}", f"用户{number}é")[number % 3]


def shares(count: int) -> tuple[list[dict], list[dict]]:
    """The holdouts' shares with how many sigmas they are off, and what each has to do with what it must not know."""
    rng = np.random.default_rng(2)
    users = [name(number) for number in range(count)]
    held = {play: in_python(users, play, share) for play, share in PLAYS}
    wanted = dict(PLAYS) | {"global": GLOBAL}
    held["global"] = np.array([in_global_holdout(EPOCH, GLOBAL, bucket(user)) for user in users])
    told = [
        {
            "holdout": play,
            "share": round(float(one.mean()), 5),
            "wanted": wanted[play],
            "sigmas": round(
                float((one.sum() - count * wanted[play]) / np.sqrt(count * wanted[play] * (1 - wanted[play]))), 2
            ),
        }
        for play, one in held.items()
    ]
    risk, value = rng.beta(2, 5, count), rng.lognormal(3, 1, count)
    beside = {"risk": tenths(risk), "value": tenths(value), "value at stake": tenths(risk * value)}
    pairs = [(play, what, one, group) for play, one in held.items() for what, group in beside.items()]
    pairs += [(left, right, held[left], held[right]) for left, right in combinations(held, 2)]
    pairs += [(play, "epoch 2", held[play], in_python(users, play, share, "2026-H2")) for play, share in PLAYS]
    tested = []
    for play, what, one, group in pairs:
        table = np.zeros((2, int(group.max()) + 1))
        np.add.at(table, (one.astype(int), group.astype(int)), 1)
        found = stats.chi2_contingency(table, correction=False)
        tested.append(
            {
                "holdout": play,
                "beside": what,
                "chi2": round(found.statistic, 2),
                "df": found.dof,
                "p": round(found.pvalue, 4),
            }
        )
    return told, tested


def tenths(values: np.ndarray) -> np.ndarray:
    """In which tenth each value is, 0 to 9."""
    return np.argsort(np.argsort(values)) * 10 // len(values)


def main() -> None:
    options = argparse.ArgumentParser()
    for each, default in (("reruns", 1000), ("begin", 1000), ("added", 10), ("users", 300_000)):
        options.add_argument(f"--{each}", type=int, default=default)
    options.add_argument("--no-spark", action="store_true")
    given = options.parse_args()
    began = time.perf_counter()
    again = reruns(given.reruns, given.begin, given.added, not given.no_spark)
    print(json.dumps(again | {"seconds": round(time.perf_counter() - began, 1)}), flush=True)
    told, tested = shares(given.users)
    for one in (*told, *tested):
        print(json.dumps(one, ensure_ascii=False), flush=True)
    wrong = [one for one in told if abs(one["sigmas"]) > SIGMAS] + [one for one in tested if one["p"] < LEAST_P]
    smallest = min(one["p"] for one in tested)
    print(json.dumps({"users": given.users, "tests": len(tested), "least_p": smallest, "wrong": wrong}))
    sys.exit(1 if wrong or any(again["differ"].values()) else 0)


if __name__ == "__main__":
    main()
