"""Everything that Spark has a part in, done once for a base, into a folder: on the engine that is named.

    python -m tests.serving.batch.work.every_verb FOLDER NAME      then a verb a line

The base lies in the folder ``base`` and the bundle in ``bundle``; what is made goes to a folder of the name, by DuckDB
where it begins so, else by Spark, which runs where SPARK_MASTER says.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

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
[[level]]
name = "gold"
measure = "order_amount_90d"
keep_days = 15
least = 200
[[calendar]]
name = "birthday"
column = "users.birthday"
[[layers.layer]]
name = "often"
[[layers.layer.group]]
name = "many"
all = ["order_count_90d > mean"]
[[layers.layer.group]]
name = "few"
[[segment]]
name = "soon"
any = ["days_to:birthday <= 60", "layer:often == 'many'", "level == 'gold'"]
[[tag]]
name = "soon"
segment = "soon"
[contact]
global_holdout = 0
[contact.channels.email]
[[play]]
name = "back"
zh = "回来"
all = ["order_count_90d >= 1", "level == 'silver'"]
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
    found = stages(base, [until - timedelta(days=30), until], folder / "work" / "stages", digits=1)
    order = [("as_of", "ascending"), ("user_id", "ascending")]
    pq.write_table(found.users.sort_by(order), folder / "stages.parquet")  # a file a bucket on Spark, else one
    pq.write_table(pq.read_table(found.files[1]), folder / "flow.parquet")


def groups(base: UserBase, folder: Path, model: Version) -> None:
    found = layered(base, None, folder / "work" / "layers", digits=1)
    pq.write_table(found.users.sort_by("user_id"), folder / "layers.parquet")
    pq.write_table(pq.read_table(found.files[1]), folder / "counts.parquet")


def campaign(base: UserBase, folder: Path, model: Version) -> None:
    plan(base, latest(base.config.store_path), by="test")


VERBS = {one.__name__: one for one in (features, train, scored, placed, groups, campaign)}


def do(folder: Path, engine: str, verbs: Iterable[str] = VERBS) -> Iterator[dict[str, Any]]:
    """Run verbs one by one: the seconds that each took, or the error that it ended with."""
    to = folder / engine
    to.mkdir(parents=True, exist_ok=True)
    model = Version("1", "", bundles.load(folder / "bundle"))
    verbs = iter(verbs)
    try:
        with opened(configured(folder, engine)) as base:
            for name in verbs:
                began = time.perf_counter()
                try:
                    VERBS[name](base, to, model)
                    yield {"verb": name, "seconds": time.perf_counter() - began}
                except BadInput as error:
                    yield {"verb": name, "error": str(error)}
    except BadInput as error:  # the tables could not be read
        yield from ({"verb": name, "error": str(error)} for name in verbs)


class Driver:
    """A process that runs verbs on a cluster as they are asked for, all in one session."""

    def __init__(self, folder: Path, name: str, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.serving.batch.work.every_verb", str(folder), name]
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
            self.process = subprocess.Popen(command, env=environment, text=True, **pipes)

    def begin(self, verb: str) -> None:
        self.process.stdin.write(f"{verb}\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """What became of the verb that was begun first."""
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-2000:]
        return json.loads(line)

    def do(self, verb: str) -> dict[str, Any]:
        self.begin(verb)
        return self.end()

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)


def parts(folder: Path, engine: str) -> list[Path]:
    """Every Parquet file that was made, but for what only runs had."""
    found = sorted((folder / engine).rglob("*.parquet"))
    return [file for file in found if not {"work", "tmp"} & {*file.relative_to(folder).parts}]


def differences(folder: Path, one: str, other: str) -> dict[str, Any]:
    """Where the files of two engines differ: schemas, integers, decimals, texts and times at all, floats by 1e-9."""
    ours, theirs = (parts(folder, name) for name in (one, other))
    names = [[str(file.relative_to(folder / name)) for file in files] for name, files in ((one, ours), (other, theirs))]
    if names[0] != names[1]:
        return {"files": sorted({*names[0]} ^ {*names[1]})}
    found: dict[str, Any] = {}
    for name, here, there in zip(names[0], ours, theirs, strict=True):
        a, b = pq.read_table(here), pq.read_table(there)
        if not a.schema.equals(b.schema, check_metadata=True) or len(a) != len(b):
            found[name] = (str(a.schema), str(b.schema), len(a), len(b))
            continue
        for column in a.column_names:
            if a[column].equals(b[column]):
                continue
            pairs = zip(a[column].to_pylist(), b[column].to_pylist(), strict=True)
            if odd := next((pair for pair in pairs if not _same(*pair)), None):
                found[f"{name}: {column}"] = odd
    return found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (one != one and other != other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


if __name__ == "__main__":
    for told in do(Path(sys.argv[1]), sys.argv[2], (line.strip() for line in sys.stdin)):
        print(json.dumps(told), flush=True)
