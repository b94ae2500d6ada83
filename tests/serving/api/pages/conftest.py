"""The pages over two snapshots of one base, asked in this process."""

from datetime import timedelta
from types import SimpleNamespace

import anyio
import pytest
from starlette.testclient import TestClient

from features.config.api_section import SCOPES
from serving.api.live import Current
from serving.api.pages.view import View, Who
from serving.api.predict.predictor import Predictor
from serving.api.routes import get_routes, table
from serving.batch.score import score


@pytest.fixture(scope="session")
def store(base, tmp_path_factory):
    """The base with a store of its own that holds two snapshots, 30 days apart."""
    section = base.config.store.model_copy(update={"path": str(tmp_path_factory.mktemp("pages"))})
    one = SimpleNamespace(config=base.config.model_copy(update={"store": section}), model=base.model)
    over = type(base)(one.config, base.con, base.tables, {}, base.model)
    one.base, one.before = over, score(over, base.model, base.tables.observed_until - timedelta(days=30))
    one.snapshot = score(over, base.model)
    return one


@pytest.fixture(scope="session")
def current(store):
    return Current(store.model, store.snapshot, Predictor(store.config, store.model))


@pytest.fixture(scope="session")
def site(current):
    """A client of the pages, as somebody who may everything."""
    app = get_routes.app(table.GETS, table.API, table.PAGES)
    get_routes.attach(app, SimpleNamespace(current=lambda: current), anyio.CapacityLimiter(2))
    with TestClient(app, "http://localhost") as client:
        yield client


@pytest.fixture
def view(current):
    """view(language, scopes, **query): what a handler gets."""

    def make(language="en", scopes=SCOPES, **query):
        request = SimpleNamespace(
            query_params=query,
            url=SimpleNamespace(path="/ui"),
            app=SimpleNamespace(state=SimpleNamespace(pages=table.PAGES)),
        )
        return View(request, language, Who("somebody", scopes), current, "overview")

    return make
