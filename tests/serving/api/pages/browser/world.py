"""A served base of its own, as it is after some months: snapshots, a playbook, a run, a verification, two keys."""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import anyio
import uvicorn

from features import whole_files
from features.config import Config, load
from features.user_base import UserBase, opened
from serving.api.guard.gateway import Door
from serving.api.guard.keys import digest
from serving.api.guard.rules import rules
from serving.api.live import Current
from serving.api.predict.predictor import Predictor
from serving.api.routes import get_routes, table
from serving.api.sign_in.sessions import Sessions
from serving.batch.score import score
from serving.batch.snapshot import Snapshot
from serving.campaigns import receipts
from serving.campaigns.plan import plan
from serving.campaigns.run import Run
from serving.reports.funnel import funnel
from serving.reports.layers import layered
from serving.verification.verified_file import FILE
from tests.serving.api.pages.handlers.test_verification import ONE, REFUSED, WAITING

KEYS = {"ann": "a-key-of-ann-who-drafts", "bob": "a-key-of-bob-who-approves", "eve": "a-key-of-eve-who-looks"}
RIGHTS = {"ann": ["read", "operate"], "bob": ["read", "approve"], "eve": ["view"]}
LAYER, GROUP = "rfm", "general, to develop"
MORE = """
[tables.messages]
path = "data/messages/*.parquet"
[tables.points]
path = "data/points/*.parquet"
[funnel]
steps = ["view", "cart", "checkout"]
[contact]
quiet_hours = { from = "21:00", to = "09:00" }
max = [{ messages = 2, days = 7 }]
global_holdout = 0.05
[contact.channels.email]
cost = 0.001
[contact.channels.wecom]
id = "users.external_userid"
sender = "users.wecom_owner"
[[play]]
name = "keep"
en = "Keep the valuable"
zh = "高价值挽留"
all = ["risk_band in ('medium', 'high')", "stay_tier == 'high'"]
offer = "coupon_20"
channels = ["wecom", "email"]
cost = 5.0
budget = 50
holdout = 0.1
rank = "value_at_stake"
[[play]]
name = "perks"
en = "Perks for the loyal"
zh = "忠诚礼遇"
all = ["stage == 'loyal'"]
kind = "care"
channels = ["email"]
holdout = 0.1
until = 2099-12-31
"""


@dataclass(frozen=True)
class World:
    """A store with what pages show. run: approved, so that it can be exported."""

    config: Config
    snapshot: Snapshot
    run: Run
    model: object
    names: dict[str, str]  # of what stands in addresses


def build(base: UserBase, toml: str, folder: Path) -> World:
    """The base's own logs and model under a configuration with more tables, in a store of its own."""
    (folder / "data").symlink_to(base.config.file.parent / "data")
    keys = "".join(
        f'[[api.keys]]\nname = "{name}"\nsha256 = "{digest(key)}"\nscopes = {RIGHTS[name]}\n'
        for name, key in KEYS.items()
    )
    (folder / "holdfast.toml").write_text(toml + MORE + keys, encoding="utf-8")
    with opened(load(folder / "holdfast.toml")) as own:
        until, bundle = own.tables.observed_until, base.model.bundle
        # Trained without the tables that are more here, of which it reads nothing.
        model = replace(base.model, bundle=replace(bundle, config_hash=own.config.model_hash()))
        score(own, model, until - timedelta(days=30))
        snapshot = score(own, model)
        layered(own, None, own.config.store_path / "layers", [LAYER])
        funnel(own, None, None, own.config.store_path / "funnel")
        run = plan(own, snapshot, "carl")
        receipts.approve(run, "bob", until)
        file = own.config.store_path / FILE
        file.parent.mkdir(exist_ok=True)
        told = ONE | {"campaign_id": f"{run.name}/perks"}
        found = {"until": "2026-02-01T00:00:00", "made": "2026-02-02T10:00:00", "plays": [told, REFUSED, WAITING]}
        whole_files.write_sealed(file, found)
        rows = snapshot.table().to_pylist()
        user, unscored = (next(str(row["user_id"]) for row in rows if row["eligible"] is one) for one in (True, False))
        names = {"user": user, "unscored": unscored, "run": run.name, "layer": LAYER, "group": GROUP}
        return World(own.config, snapshot, run, model, names)


@contextmanager
def served(world: World):
    """The pages with the guard before them on a free port of this machine; gives the address."""
    current = Current(world.model, world.snapshot, Predictor(world.config, world.model))
    app = get_routes.app(table.GETS, table.API, table.PAGES)
    get_routes.attach(app, SimpleNamespace(current=lambda: current), anyio.CapacityLimiter(4))
    known, sessions = rules(world.config.api), Sessions(b"a secret of the tests")
    door = Door(app, lambda: known, lambda: (True, {}), lambda: sessions)
    server = uvicorn.Server(uvicorn.Config(door, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
