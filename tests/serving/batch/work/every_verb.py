"""Everything that Spark has a part in, done once for a base, into a folder: on the engine that is named.

    python -m tests.serving.batch.work.every_verb FOLDER ENGINE [VERB …]

The base lies in the folder ``base`` and the bundle in ``bundle``; what is made goes to a folder named after the engine.
Spark runs where SPARK_MASTER says.
"""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.config import load
from features.errors import BadInput
from features.simulate import simulate
from features.user_base import UserBase, opened
from serving.batch.score import score
from serving.batch.snapshot import latest
from serving.campaigns.plan import plan
from serving.reports.feature_table import write as write_features
from serving.reports.layers import layered
from serving.reports.stages import stages
from training import bundle as bundles
from training.evaluation import backtest
from training.fit.train import complete, training_rows
from training.tracking import Version

TOML = """\
[engine]
threads = 1
[tables.orders]
path = "data/orders/*.parquet"
[tables.users]
path = "data/users/*.parquet"
fixed = ["plan"]
[churn]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 2
[[level]]
name = "silver"
measure = "order_amount_90d"
keep_days = 15
least = 50
[[tag]]
name = "many"
segment = "many"
[[segment]]
name = "many"
all = ["order_count_90d >= 2", "level == 'silver'"]
[contact]
global_holdout = 0
[contact.channels.email]
[[play]]
name = "back"
zh = "回来"
all = ["risk_band == 'high'", "order_count_90d >= 1"]
channels = ["email"]
holdout = 0.25
"""


def make(folder: Path, users: int, days: int = 200) -> None:
    """A simulated base and a bundle trained on it, unless they are there."""
    if (folder / "bundle").exists():
        return
    simulate(folder / "base" / "data", users, days=days)
    (folder / "base" / "holdfast.toml").write_text(TOML, encoding="utf-8")
    with opened(load(folder / "base" / "holdfast.toml")) as base:
        test = backtest.test_cutoffs(base)[0]
        bundles.save(complete(base, training_rows(base, test), test), folder / "bundle")


def configured(folder: Path, engine: str):
    config = load(folder / "base" / "holdfast.toml")
    store = config.store.model_copy(update={"path": str(folder / engine / "store")})
    kind = "duckdb" if engine.startswith("duckdb") else "spark"
    return config.model_copy(update={"store": store, "engine": config.engine.model_copy(update={"kind": kind})})


def features(base: UserBase, folder: Path, model: Version) -> None:
    write_features(base, base.tables.observed_until, folder / "features.parquet", digits=1)


def train(base: UserBase, folder: Path, model: Version) -> None:
    rows = backtest.frame(training_rows(base, backtest.test_cutoffs(base)[0]), model.bundle)
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), folder / "rows.parquet")


def scored(base: UserBase, folder: Path, model: Version) -> None:
    score(base, model, digits=1)


def placed(base: UserBase, folder: Path, model: Version) -> None:
    until = base.tables.observed_until
    stages(base, [until - timedelta(days=30), until], folder / "stages")


def groups(base: UserBase, folder: Path, model: Version) -> None:
    layered(base, None, folder / "layers")


def campaign(base: UserBase, folder: Path, model: Version) -> None:
    plan(base, latest(base.config.store_path), by="test")


VERBS = {one.__name__: one for one in (features, train, scored, placed, groups, campaign)}


def do(folder: Path, engine: str, verbs: list[str] | None = None) -> dict[str, float]:
    """Run the verbs, all by default; what each took, in seconds."""
    config, took = configured(folder, engine), {}
    to = folder / engine
    to.mkdir(parents=True, exist_ok=True)
    model = Version("1", "", bundles.load(folder / "bundle"))
    with opened(config) as base:
        for name in verbs or VERBS:
            began = time.perf_counter()
            VERBS[name](base, to, model)
            took[name] = time.perf_counter() - began
    return took


if __name__ == "__main__":
    try:
        print(json.dumps(do(Path(sys.argv[1]), sys.argv[2], sys.argv[3:] or None)))
    except BadInput as error:
        print(error, file=sys.stderr)
        sys.exit(2)
