"""The pages over a store of its own with a playbook, hostile names in it, and runs; each test asks as whom it likes."""

import shutil
from types import SimpleNamespace
from urllib.parse import urlencode

import anyio
import pytest
from starlette.testclient import TestClient

from features.config.api_section import SCOPES
from serving.api.live import Current
from serving.api.pages.view import WHO, Who
from serving.api.predict.predictor import Predictor
from serving.api.routes import get_routes, table
from serving.batch.snapshot import open_snapshot
from tests.serving.api import campaign_world

EVIL = "<script>alert(1)</script>"
HOSTILE = f"""
[contact.channels.push]
[[play]]
name = "evil"
en = "{EVIL}"
zh = "{EVIL}"
all = ["stage == 'at_risk'"]
offer = '"><img src=x onerror=alert(1)>'
channels = ["push", "email"]
cost = 1.0
budget = 20.0
"""


class World:
    """A store with a snapshot, and the pages over it: ``get`` and ``post`` as somebody with scopes."""

    def __init__(self, store, folder):
        path = folder / "store"
        shutil.copytree(store.config.store_path / "snapshots", path / "snapshots")
        config = campaign_world.with_playbook(store.config, folder, HOSTILE)
        self.config = config.model_copy(update={"store": config.store.model_copy(update={"path": str(path)})})
        self.snapshot = open_snapshot(path / "snapshots" / store.snapshot.run_id)
        self.rows = self.snapshot.table().to_pylist()
        self.who = Who()
        current = Current(store.model, self.snapshot, Predictor(self.config, store.model))
        app = get_routes.app(table.GETS, table.API, table.PAGES)
        get_routes.attach(app, SimpleNamespace(current=lambda: current), anyio.CapacityLimiter(2))

        async def asked(scope, receive, send):
            scope[WHO] = self.who
            await app(scope, receive, send)

        self.client = TestClient(asked, "http://localhost", follow_redirects=False)

    def plan(self, mark="", by="ann"):
        """A run by ann; who has an even id consented. mark: makes another run of it."""
        even = [row["user_id"] for row in self.rows if row["user_id"] % 2 == 0]
        return campaign_world.planned(self.config, self.snapshot, even, mark, by)

    def get(self, address, who="bob", scopes=SCOPES, language="en"):
        self.who = Who(who, scopes)
        return self.client.get(address, headers={"accept-language": language})

    def post(self, address, who="bob", scopes=SCOPES, language="en", **form):
        self.who = Who(who, scopes)
        headers = {"accept-language": language, "content-type": "application/x-www-form-urlencoded"}
        return self.client.post(address, content=urlencode(form, doseq=True), headers=headers)


@pytest.fixture(scope="session")
def world(store, tmp_path_factory):
    return World(store, tmp_path_factory.mktemp("campaigns"))


@pytest.fixture(scope="session")
def run(world):
    """A draft that no test changes."""
    return world.plan()


@pytest.fixture
def started(monkeypatch):
    """The jobs that pages started, which do not run: (kind, arguments, by, about)."""
    from serving.api.pages.handlers.campaigns import acts, new, runs

    found = []

    def start(config, kind, arguments, by, about=None):
        found.append((kind, list(arguments), by, about or {}))
        return "job"

    for module in (acts, new, runs):
        monkeypatch.setattr(module, "start", start)
    return found
