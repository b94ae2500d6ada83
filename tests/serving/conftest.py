"""One small simulated base, trained once: what the doors of floor 3 open on."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features import whole_files
from features.build import build
from features.catalogue.feature import parse
from features.config import Config, load
from features.simulate import simulate
from features.user_base import UserBase, opened
from serving.batch.challenger import kept
from serving.batch.challenger.scores import COLUMNS, challenger_file
from serving.batch.part import prefix_of, prefixes, write_part
from serving.batch.score import score
from serving.batch.snapshot import MANIFEST, Snapshot, finish
from serving.rights.rewritten import write_manifest
from serving.scoring.reasons import TYPE
from training import job
from training.tracking import Version, champion

TOML = """\
[engine]
threads = 1
[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
fixed = ["plan"]
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 4
[api]
watch_seconds = 0.2
"""
DAYS = 240


def challenged(snapshot: Snapshot, model: str, blur: float, since: str = "2025-10-01T00:00:00") -> None:
    """Give a snapshot a challenger whose risks are the champion's with so much noise on their log-odds."""
    rows = snapshot.table(["user_id", "eligible", *COLUMNS])
    rows = rows.filter(rows["eligible"]).drop(["eligible"])
    risk = rows["churn_risk"].to_numpy()
    noise = np.random.default_rng(3).normal(0, blur, len(risk))
    odds = np.log(risk / (1 - risk)) + noise
    rows = rows.set_column(1, "churn_risk", pa.array(1 / (1 + np.exp(-odds))))
    entries = []
    for part in snapshot.manifest["parts"]:
        file = challenger_file(snapshot.folder, part["prefix"])
        mine = [prefix_of(user, snapshot.manifest["digits"]) == part["prefix"] for user in rows["user_id"].to_pylist()]
        whole_files.write_parquet(file, rows.filter(mine))
        told = {"prefix": part["prefix"], "file": file.name, "rows": sum(mine), "sha256": whole_files.sha256(file)}
        entries.append(told)
    about = {"model": model, "since": since, "parts": entries, "labels_close": since}
    about["agreement"] = kept.agree(snapshot.folder, snapshot.manifest["parts"], entries)
    manifest = {name: value for name, value in snapshot.manifest.items() if name != whole_files.SEAL}
    write_manifest(snapshot.folder / MANIFEST, manifest | {"challenger": about})


@dataclass(frozen=True)
class Base(UserBase):
    """A user base: its configuration, a session on its engine, its clean tables, its champion, and its snapshot."""

    model: Version | None = None
    snapshot: Snapshot | None = None


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """2,000 simulated users, trained and scored as of the end of their logs. Tests score in a store of their own."""
    folder = tmp_path_factory.mktemp("base")
    simulate(folder / "data", 2000, days=DAYS)
    (folder / "holdfast.toml").write_text(TOML)
    config = load(folder / "holdfast.toml")
    with opened(config) as one:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(job, "gate", lambda *_: (True, "here it is enough that there is one"))
            job.train(one)
        model = champion(config)
        yield Base(one.config, one.con, one.tables, model=model, snapshot=score(one, model))


@pytest.fixture(scope="session")
def as_of(base):
    return base.tables.observed_until


@pytest.fixture(scope="session")
def table(base, as_of):
    """The features of every user known at the as-of, by user."""
    columns = [parse(name) for name in dict.fromkeys(["days_since_active", *base.model.bundle.features])]
    return build(base, as_of, columns).sort_by("user_id")


@pytest.fixture
def own(base, tmp_path):
    """The same base with an empty store of the test's own."""
    return base.config.model_copy(update={"store": base.config.store.model_copy(update={"path": str(tmp_path)})})


@pytest.fixture(scope="session")
def challenge():
    """challenge(snapshot, model, blur): gives a snapshot a challenger that is worse by that blur."""
    return challenged


@pytest.fixture
def write_snapshot(tmp_path):
    """write_snapshot(run, rows, digits=1, **about): a finished snapshot in the test's store, now the latest."""

    def write(run: str, rows: pa.Table, digits: int = 1, **about) -> Snapshot:
        folder = tmp_path / "snapshots" / run
        for prefix in prefixes(digits):
            mask = [prefix_of(user, digits) == prefix for user in rows["user_id"].to_pylist()]
            write_part(folder, prefix, rows.filter(mask))
        return finish(folder, {"users": len(rows), "as_of": f"{run[:10]}T00:00:00"} | about, digits)

    return write


CAMPAIGN = """\
[store]
path = "."
[tables.orders]
path = "orders.csv"
[tables.users]
path = "users.csv"
[tables.messages]
path = "messages.csv"
[churn]
activity = ["orders"]
horizon_days = 30
[contact]
global_holdout = 0
[contact.channels.email]
[[play]]
name = "perks"
en = "Perks for the loyal"
zh = "忠诚礼遇"
all = ["stage == 'loyal'"]
kind = "care"
channels = ["email"]
holdout = 0.25
[[play]]
name = "warning"
zh = "流失预警"
all = ["stage == 'at_risk'"]
channels = ["email"]
cost = 2
budget = 3
"""


@pytest.fixture
def campaign_base(tmp_path, write_snapshot):
    """A folder with twelve loyal users and four at risk, scored by hand: user 1 has not agreed, user 2 has opted out.

    Each user is worth, and has at stake, as much as the id says.
    """
    users = range(1, 17)
    (tmp_path / "holdfast.toml").write_text(CAMPAIGN, encoding="utf-8")
    orders = "".join(f"{user},2026-01-0{day},10\n" for user in users for day in (1, 2))
    (tmp_path / "orders.csv").write_text(f"user_id,time,amount\n{orders}", encoding="utf-8")
    told = "".join(f"{user},{str(user != 1).lower()}\n" for user in users)
    (tmp_path / "users.csv").write_text(f"user_id,consent_marketing\n{told}", encoding="utf-8")
    heads = "user_id,time,channel,campaign_id,opened_at,clicked_at,opted_out_at"
    (tmp_path / "messages.csv").write_text(f"{heads}\n2,2026-01-02,email,old,,,2026-01-02\n", encoding="utf-8")
    stages = ["loyal"] * 12 + ["at_risk"] * 4
    numbers = {name: [float(user) for user in users] for name in ("expected_value", "value_if_stays", "value_at_stake")}
    texts = {"stage_before": "loyal", "risk_band": "low", "value_tier": "mid", "stay_tier": "high"}
    why = [{"feature": "order_count_90d", "value": 2.0, "contribution": -0.5}]
    rows = {
        "user_id": pa.array(users, pa.int64()),
        "eligible": [True] * 16,
        "stage": stages,
        "churn_risk": [user / 100 for user in users],
        "value_rank": pa.array(reversed(users), pa.int64()),
        "bucket": pa.array(range(16), pa.int64()),
        "reasons": pa.array([why] * 16, TYPE),
        **{name: [text] * 16 for name, text in texts.items()},
        **numbers,
    }
    found = load(tmp_path / "holdfast.toml").hash()
    write_snapshot("2026-01-03-abc", pa.table(rows), stages_before=None, config_hash=found)
    return tmp_path


@pytest.fixture
def with_orders(base, tmp_path):
    """with_orders((user, time), …): the configuration of a copy of the base in which they have ordered more."""
    numbers = iter(range(99))

    def make(*orders: tuple[int, datetime]) -> Config:
        folder = tmp_path / f"copy{next(numbers)}"
        shutil.copytree(base.config.file.parent / "data", folder / "data")
        _append(folder / "data" / "orders", orders)
        (folder / "holdfast.toml").write_text(TOML)
        return load(folder / "holdfast.toml")

    return make


def _append(folder: Path, orders: tuple[tuple[int, datetime], ...]) -> None:
    import pyarrow.parquet as pq

    schema = pq.read_schema(next(folder.glob("*.parquet")))
    users, times = zip(*orders, strict=True)
    given = {
        "user_id": pa.array(users, schema.field("user_id").type),
        "time": pa.array(times, pa.timestamp("us", "UTC")).cast(schema.field("time").type),
        "amount": pa.array([9999.0] * len(orders)).cast(schema.field("amount").type),
        "order_id": pa.array([f"{7_000_000_000 + n}" for n in range(len(orders))]).cast(schema.field("order_id").type),
    }
    columns = [given.get(field.name, pa.nulls(len(orders), field.type)) for field in schema]
    pq.write_table(pa.table(columns, schema=schema), folder / "more.parquet")
