"""What bench_scoring.py --files measures: files to snapshot in a process of its own, and what every second went to."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

from feature_ways import DAYS, simulate

from features.config import Config, load
from features.tables import clean as cleaning
from features.user_base import opened
from serving.batch import bucket_features
from serving.batch import score as job
from serving.batch.snapshot import Snapshot
from serving.scoring import scorer, values
from training.bundle import load as load_bundle
from training.bundle import save
from training.evaluation import backtest
from training.fit.train import complete, training_rows
from training.tracking import Version
from training.trained_model import Bundle

EVENTS = 50  # a user
LEARN = 20_000  # users that the model is trained on
CONFIG = """\
[tables.events]
path = "events/*.parquet"
[churn]
horizon_days = 30
eligible_days = 180
[train]
cutoffs = 4                       # of 24: enough rows for a model of full size
"""
KINDS = ("reading", "everybody", "repartition", "features", "predictions", "reasons", "stage", "writing", "bookkeeping")
OVERHEAD = ("repartition", "writing", "bookkeeping")


class Clock:
    """Seconds by what they went to: each to the innermost of what is being done."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.stack: list[str] = ["bookkeeping"]
        self.since = time.perf_counter()

    def lap(self) -> None:
        now = time.perf_counter()
        self.spent[self.stack[-1]] = self.spent.get(self.stack[-1], 0.0) + now - self.since
        self.since = now

    def put(self, where: Any, name: str, kind: str | Callable[..., str]) -> None:
        """Count the time of a function as of a kind, which may depend on what it is called with."""
        function = getattr(where, name)

        def timed(*given: Any, **named: Any) -> Any:
            self.lap()
            self.stack.append(kind if isinstance(kind, str) else kind(*given))
            try:
                return function(*given, **named)
            finally:
                self.lap()
                self.stack.pop()

        setattr(where, name, timed)


def folder_of(place: Path, users: int) -> Path:
    """A base of so many users, simulated if it is not there."""
    folder = place / f"base-{users}"
    if not folder.exists():
        part = place / f"base-{users}.tmp"
        part.mkdir()
        simulate(part / "events", users * EVENTS, users)
        (part / "holdfast.toml").write_text(CONFIG)
        part.rename(folder)
    return folder


def train(place: Path) -> None:
    """A bundle such as is registered, into the folder ``bundle``."""
    config = load(folder_of(place, LEARN) / "holdfast.toml")
    with opened(config) as base:
        test = backtest.test_cutoffs(base)[0]
        bundle = complete(base, training_rows(base, test), test)
    save(bundle, place / "bundle")


def work(place: Path, users: int, memory: str = "") -> None:
    """Score a base with so much memory for queries; what it took, as JSON."""
    config, bundle = load(folder_of(place, users) / "holdfast.toml"), load_bundle(place / "bundle")
    config = config.model_copy(update={"engine": config.engine.model_copy(update={"memory": memory or None})})
    began, clock = time.perf_counter(), Clock()
    snapshot = timed(config, bundle, clock)
    clock.lap()
    took: dict[str, Any] = {"seconds": time.perf_counter() - began, "spent": clock.spent}
    took["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    took |= {"users": snapshot.manifest["users"], "eligible": snapshot.manifest["eligible"]}
    took |= {"buckets": len(snapshot.manifest["parts"]), "features": len(bundle.features), "days": DAYS}
    took["bytes"] = sum(file.stat().st_size for file in snapshot.files)
    print(json.dumps(took))


def timed(config: Config, bundle: Bundle, clock: Clock) -> Snapshot:
    clock.put(job, "_everybody", "everybody")
    clock.put(bucket_features, "split", "repartition")
    clock.put(bucket_features.feature_table, "plan", "features")
    clock.put(bucket_features.feature_table, "run", lambda con, plan, *more: "features" if plan.everybody else "stage")
    clock.put(bucket_features.look_up, "arrays", "stage")
    clock.put(job.lifecycle, "placed_from", "stage")
    clock.put(scorer, "score_columns", "predictions")
    clock.put(Bundle, "explained", "reasons")
    clock.put(values, "reasons", "reasons")
    clock.put(job, "write_part", "writing")
    clock.put(cleaning, "clean", "reading")
    with opened(config) as base:
        return job.score(base, Version("bench", "", bundle), fresh=True, progress=_step)


def _step(what: str, done: int, total: int) -> None:
    print(f"\r{what} {done:,} of {total:,}" + " " * 10, end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(Path(sys.argv[2]))
    else:
        work(Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
