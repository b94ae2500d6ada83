"""How fast users are scored and explained: predictions, reasons by woodelf, and LightGBM's pred_contrib beside them.

    python benchmarks/bench_scoring.py                            100,000 users, about a minute
    python benchmarks/bench_scoring.py --full                     1,000,000 users
    python benchmarks/bench_scoring.py --files                    files to snapshot: 1,000,000 users, 50 events each
    python benchmarks/bench_scoring.py --files --users 10000000   the same of so many, beside 1,000,000

A model is trained on a small simulated base, and rows drawn from it, with replacement, are scored in the buckets that
`holdfast score` uses. Predictions and reasons take turns, bucket by bucket: when others use the machine, seconds grow,
and ratios of one run keep their worth. LightGBM's pred_contrib is measured on a sample and scaled up.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import scoring_run

from features.config import load
from features.engine.duckdb_session import threads
from features.simulate import simulate
from features.user_base import opened
from serving.batch.work.bucket_rows import ROWS as BUCKET
from serving.scoring.reasons import reasons
from training.evaluation import backtest
from training.fit.train import complete, training_rows
from training.models import shap
from training.trained_model import Bundle

SAMPLE = 4_000  # rows for pred_contrib
SMALL = (1000, 2000, 4000, 8000, 16000)  # batches in which woodelf and pred_contrib are compared
CONFIG = """\
[tables.orders]
path = "orders/*.parquet"
[tables.events]
path = "events/*.parquet"
[tables.users]
path = "users/*.parquet"
fixed = ["plan", "channel", "region"]
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 4                       # of 24: enough rows for a model of full size
"""


def trained(folder: Path) -> tuple[Bundle, pa.Table, int]:
    """A bundle such as is registered, the feature rows it learned from, and the threads to use."""
    simulate(folder, 4000, until=date(2026, 1, 1), days=300)
    (folder / "holdfast.toml").write_text(CONFIG)
    config = load(folder / "holdfast.toml")
    with opened(config) as base:
        test = backtest.test_cutoffs(base)[0]
        learn = training_rows(base, test)
        bundle = complete(base, learn, test)
    return bundle, pa.Table.from_pandas(backtest.frame(learn, bundle), preserve_index=False), threads(config)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def peak() -> float:
    """The most memory that this process ever held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(users: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        bundle, rows, cores = trained(Path(place))
    booster = lgb.Booster(model_str=bundle.boosters["churn"])
    random, took = np.random.default_rng(1), {"predictions": 0.0, "contributions": 0.0, "grouping": 0.0}

    def draw(count: int) -> pa.Table:
        return rows.take(pa.array(random.integers(0, len(rows), count)))

    bundle.score(draw(1000), cores)
    shap.many(booster, bundle.matrix(draw(1000)), cores)  # what is read and imported the first time
    before, held = peak(), {}

    def explain(table: pa.Table) -> None:
        found: list[np.ndarray] = []
        took["contributions"] += seconds(lambda: found.append(bundle.contributions(table, cores)))
        took["grouping"] += seconds(lambda: reasons(bundle.features, bundle.matrix(table), found[0]))

    for begin in range(0, users, BUCKET):
        table = draw(min(BUCKET, users - begin))
        took["predictions"] += seconds(lambda: bundle.score(table, cores))  # noqa: B023
        held.setdefault("predictions", peak())
        explain(table)
        print(f"\r{begin + len(table):,} of {users:,} users", end="", file=sys.stderr, flush=True)
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    sample = bundle.matrix(draw(SAMPLE))
    own = seconds(lambda: shap.own(booster, sample, cores)) / SAMPLE * users
    why = took["contributions"] + took["grouping"]
    print(f"{users:,} users, {len(bundle.features)} features, {booster.num_trees()} trees, {cores} threads")
    print(f"{'':<44}{'seconds':>9}{'µs a user':>11}{'× predictions':>15}")
    for name, spent in (
        (f"predictions ({len(bundle.boosters)} models)", took["predictions"]),
        ("reasons", why),
        ("  contributions, by woodelf", took["contributions"]),
        ("  grouping windows, taking the strongest", took["grouping"]),
        (f"LightGBM's pred_contrib, from {SAMPLE:,} users", own),
    ):
        print(f"{name:<44}{spent:>9.2f}{spent / users * 1e6:>11.1f}{spent / took['predictions']:>15.1f}")
    print(f"reasons / predictions: {why / took['predictions']:.1f} (at most 10)")
    print(f"pred_contrib / woodelf: {own / took['contributions']:.1f}")
    print(
        f"memory: {before:.2f} GiB before, {held['predictions']:.2f} after the first bucket's predictions, "
        f"{peak():.2f} at most; a bucket's matrix is {BUCKET * len(bundle.features) * 8 / 2**30:.2f}"
    )
    for count in SMALL:
        matrix = bundle.matrix(draw(count))
        ours, theirs = (seconds(lambda: one(booster, matrix, cores)) for one in (shap.many, shap.own))  # noqa: B023
        chosen = "woodelf" if count >= shap.WOODELF_ROWS else "pred_contrib"
        print(f"{count:>7,} rows: woodelf {ours:.2f} s, pred_contrib {theirs:.2f} s; {chosen} is taken")


def files(users: int, memory: str | None) -> None:
    """Files to snapshot, in processes of their own: one that makes a model, one for each size."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd()) as place:
        print("training a model", flush=True)
        subprocess.run([sys.executable, "-W", "ignore", scoring_run.__file__, "train", place], check=True)
        found = {}
        for count in dict.fromkeys([min(users, 1_000_000), users]):
            print(f"simulating {count:,} users of {scoring_run.EVENTS} events", flush=True)
            scoring_run.folder_of(Path(place), count)
            command = [sys.executable, "-W", "ignore", scoring_run.__file__, "work", place, str(count), memory or ""]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[count] = json.loads(done.stdout.splitlines()[-1])
            split(found[count])
    if len(found) > 1:
        each = [took["seconds"] / took["users"] for took in found.values()]
        print(f"time per user, {users:,} users against 1,000,000: {each[1] / each[0]:.2f} (at most 1.3)", flush=True)


def split(took: dict) -> None:
    """What a run from files to snapshot went to."""
    print(
        f"{took['users']:,} users ({took['eligible']:,} scored, {took['users'] - took['eligible']:,} not eligible) in "
        f"{took['seconds']:,.0f} s: {took['users'] / took['seconds']:,.0f} a second, {took['features']} features, "
        f"{took['buckets']} buckets, {took['bytes'] / 2**20:,.0f} MiB of snapshot; {took['peak']:.2f} GiB at most"
    )
    print(f"{'':<16}{'seconds':>10}{'µs a user':>11}{'share':>8}")
    for kind in scoring_run.KINDS:
        spent = took["spent"].get(kind, 0.0)
        print(f"{kind:<16}{spent:>10.1f}{spent / took['users'] * 1e6:>11.1f}{spent / took['seconds']:>8.1%}")
    overhead = sum(took["spent"].get(kind, 0.0) for kind in scoring_run.OVERHEAD) / took["seconds"]
    print(f"{', '.join(scoring_run.OVERHEAD)}: {overhead:.1%} of the run (under 25 %)", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--full", action="store_true")
    options.add_argument("--files", action="store_true")
    options.add_argument("--users", type=int)
    options.add_argument("--memory", help="engine.memory, such as 4GB")
    given = options.parse_args()
    if given.files:
        files(given.users or 1_000_000, given.memory)
    else:
        main(given.users or (1_000_000 if given.full else 100_000))
