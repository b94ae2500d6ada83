"""A store with a little of everything that Holdfast keeps, and four planted persons in it."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import suppressed, whole_files
from features.config import load
from features.user_base import opened
from serving.api.pages import audit
from serving.batch.part import prefix_of, prefixes, write_part
from serving.batch.snapshot import finish
from serving.campaigns.export import export
from serving.campaigns.lists.tag_sync import sync_tags
from serving.campaigns.plan import plan
from serving.campaigns.read_back import write_assignments
from serving.campaigns.receipts import approve
from serving.scoring.reasons import TYPE

PLANTED = [f"planted-{number}-7f3a" for number in range(4)]
TEXT = "planted-village"
AT = datetime(2026, 1, 4)
TOML = """\
[store]
path = "store"
[tables.orders]
path = "orders.csv"
[tables.users]
path = "users.csv"
[churn]
activity = ["orders"]
horizon_days = 30
[quality]
max_bad_share = 0.5
[contact]
global_holdout = 0
[contact.channels.email]
[contact.channels.app]
[[segment]]
name = "loyal"
all = ["stage == 'loyal'"]
[[tag]]
name = "loyal"
segment = "loyal"
[[play]]
name = "perks"
all = ["stage == 'loyal'"]
kind = "care"
channels = ["email"]
holdout = 0.25
"""


def _csv(folder: Path, users: list[str]) -> None:
    orders = "".join(f"{user},2026-01-0{day},10,web\n" for user in users for day in (1, 2))
    bad = f"{PLANTED[0]},2026-01-01,free of charge,{TEXT}\nuser-1,2026-01-01,free of charge,web\n"
    (folder / "orders.csv").write_text(f"user_id,time,amount,channel\n{orders}{bad}")
    told = "".join(f"{user},true,{TEXT if user in PLANTED else 'town'}\n" for user in users)
    (folder / "users.csv").write_text(f"user_id,consent_marketing,region\n{told}")


def _snapshot(store: Path, run: str, users: list[str], config_hash: str):
    numbers = {
        name: [float(place) for place in range(len(users))]
        for name in ("churn_risk", "expected_value", "value_if_stays", "value_at_stake")
    }
    texts = {"stage": "loyal", "stage_before": "loyal", "risk_band": "low", "value_tier": "mid", "stay_tier": "high"}
    why = [{"feature": "order_count_90d", "value": 2.0, "contribution": -0.5}]
    rows = pa.table(
        {
            "user_id": users,
            "eligible": [True] * len(users),
            "value_rank": pa.array(range(len(users)), pa.int64()),
            "bucket": pa.array(range(len(users)), pa.int64()),
            "reasons": pa.array([why] * len(users), TYPE),
            "tags": pa.array([["loyal"]] * len(users)),
            "reason_not_eligible": pa.nulls(len(users), pa.string()),
            **{name: [text] * len(users) for name, text in texts.items()},
            **numbers,
        }
    )
    folder = store / "snapshots" / run
    for prefix in prefixes(1):
        mask = [prefix_of(user, 1) == prefix for user in users]
        write_part(folder, prefix, rows.filter(mask), {"counts": {}, "unseen": {}})
    boards = {
        "top": pa.table({"by": ["all"] * 9, "place": range(1, 10), "user_id": users[:9]}),
        "portraits": pa.table({"attribute": ["region"] * 2, "value": ["town", TEXT], "users": [len(users) - 4, 4]}),
    }
    (folder / "boards").mkdir()
    made = {}
    for name, table in boards.items():
        file = folder / "boards" / f"{name}.parquet"
        pq.write_table(table, file)
        made[name] = {"file": f"boards/{name}.parquet", "sha256": whole_files.sha256(file), "rows": len(table)}
    about = {"as_of": f"{run[:10]}T00:00:00", "users": len(users), "eligible": len(users), "stages_before": None}
    about |= {"counts": {"stage:loyal": len(users)}, "config_hash": config_hash}
    return finish(folder, about | {"boards": {"made": made, "missing": {}}}, 1)


def _beside(store: Path, users: list[str], run: str) -> None:
    """What other verbs and the service leave, in its shape."""
    for name in ("layers", "stages"):
        (store / name).mkdir()
        pq.write_table(pa.table({"user_id": users, "rfm": ["a"] * len(users)}), store / name / f"{name}.parquet")
    anew = store / "boards" / "2026-01-03-0123456789"
    shutil.copytree(store / "snapshots" / run / "boards", anew / "boards")
    made = json.loads((store / "snapshots" / run / "manifest.json").read_text())["boards"]
    whole_files.write_sealed(anew / "manifest.json", {"as_of": "2026-01-03", "snapshot": run, "boards": made})
    left = store / "work" / "2026-01-03-killed"
    left.mkdir(parents=True)
    (left / "split.parquet").write_bytes(PLANTED[1].encode())
    unfinished = store / "snapshots" / "2026-01-04-unfinished"
    write_part(unfinished, "0", pa.table({"user_id": PLANTED}))
    (store / "jobs").mkdir()
    (store / "jobs" / "plan-1.log").write_text(f"reading\nuser {PLANTED[2]} is odd\nfrom {TEXT}\ndone\n")
    lines = [{"what": "user opened", "subject": audit.subject(user)} for user in (PLANTED[3], "user-1")]
    (store / "serving").mkdir()
    (store / audit.FILE).write_text("".join(json.dumps(one) + "\n" for one in lines))


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """The folder of a base whose store holds snapshots, boards, a run with exports, tags, layers, logs, leftovers."""
    folder = tmp_path_factory.mktemp("kept")
    users = sorted([*PLANTED, *(f"user-{number}" for number in range(1, 37))])
    _csv(folder, users)
    (folder / "holdfast.toml").write_text(TOML)
    config = load(folder / "holdfast.toml")
    store = config.store_path
    for run in ("2026-01-02-0000000000", "2026-01-03-1111111111"):
        snapshot = _snapshot(store, run, users, config.hash())
    with opened(config) as base:
        made = plan(base, snapshot, "ann")
        approve(made, "bob", AT)
        export(base, made, "perks", "csv", AT, "bob")
        sync_tags(base, snapshot, "app", "csv", AT, "bob")
        write_assignments(base)
    _beside(store, users, snapshot.run_id)
    suppressed.add(store, ["somebody of before"])  # so that copies have one salt
    return folder


@pytest.fixture
def copy(kept, tmp_path):
    """copy(): the configuration of a copy of that base; its store is the same to the byte and to the time of files."""
    numbers = iter(range(99))

    def make():
        folder = tmp_path / f"copy{next(numbers)}"
        shutil.copytree(kept, folder)
        return load(folder / "holdfast.toml")

    return make


@pytest.fixture
def traces():
    """traces(store, words): files that hold one of the words, as they are or in what Parquet decodes to."""

    def look(store: Path, words=("planted",)) -> list[str]:
        found = []
        for file in sorted(one for one in store.rglob("*") if one.is_file()):
            text = file.read_bytes()
            if file.suffix == ".parquet" and text[:4] == b"PAR1":
                text += repr(pq.read_table(file).to_pydict()).encode()
            if any(one.encode() in text for one in words):
                found.append(file.relative_to(store).as_posix())
        return found

    return look


@pytest.fixture
def planted():
    """ids, the text that only they have, and the time of the erasure."""
    return SimpleNamespace(ids=PLANTED, text=TEXT, now=AT)
