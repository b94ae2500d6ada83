"""A real `holdfast serve` to ask over HTTP, and the door alone to ask in this process."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from features.build.population import measure
from features.config import Config
from serving.api.guard.keys import VARIABLE, digest, new
from tests.serving.api import campaign_world, doors
from training.bundle import save
from training.models.calibration import Correction
from training.tracking import client
from training.tracking.logged_model import register
from training.tracking.registry import CHAMPION

ROOT = Path(__file__).parents[3]
PATIENCE = 180  # seconds; on a machine that is busy the start takes one minute


class Server:
    """A running service: ask() it, and look at its process and its log."""

    def __init__(self, process, port, key, log):
        self.process, self.port, self.key, self.log = process, port, key, log
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path, body=None):
        """(status, answer): POST of a body, text as it is and else as JSON, or GET without one."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _read(answer)
        except urllib.error.HTTPError as error:
            return error.code, _read(error)


def _read(answer):
    text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


class Inside:
    """The service in this process, without a socket: asked in the same way as a server."""

    def __init__(self, client):
        self.client = client

    def ask(self, path, body=None):
        """(status, answer), see Server.ask."""
        if body is None:
            answer = self.client.get(path)
        else:
            content = body if isinstance(body, str | bytes) else json.dumps(body)
            answer = self.client.post(path, content=content, headers={"Content-Type": "application/json"})
        text = answer.text
        return answer.status_code, json.loads(text) if text.startswith(("{", "[")) else text


@pytest.fixture(scope="session")
def inside(base):
    """The real service object on the base."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("HOLDFAST_CONFIG", str(base.config.file))
        patch.setenv("BENTOML_DO_NOT_TRACK", "True")
        from starlette.testclient import TestClient

        from serving.api.service import Holdfast

        with TestClient(
            Holdfast.to_asgi(), "http://localhost", raise_server_exceptions=False, client=("127.0.0.1", 1)
        ) as client:
            yield Inside(client)


@pytest.fixture(scope="session")
def rows(base):
    """All rows of the snapshot."""
    return base.snapshot.table().to_pylist()


@pytest.fixture(scope="session")
def planned(base, rows):
    """A campaign run over the snapshot, in its store; who has an even id consented."""
    config = campaign_world.with_playbook(base.config, base.config.file.parent)
    return campaign_world.planned(config, base.snapshot, [row["user_id"] for row in rows if row["user_id"] % 2 == 0])


@pytest.fixture(scope="session")
def wanted(rows):
    """Twenty users who are scored, and twenty who are not."""
    some = [row for row in rows if row["eligible"]][:20] + [row for row in rows if not row["eligible"]][:20]
    return sorted(some, key=lambda row: -row["user_id"])


@pytest.fixture(scope="session")
def ready(table, base, rows):
    """Ready features of twenty eligible users, and their rows in the snapshot."""
    scored = [row for row in rows if row["eligible"]][:20]
    users = {row["user_id"] for row in scored}
    features = [row for row in table.to_pylist() if row["user_id"] in users]
    return [{name: row[name] for name in base.model.bundle.features} for row in features], scored


@pytest.fixture(scope="session")
def population(base, as_of):
    """The record of the population at the end of the logs."""
    return measure(base, as_of)


@pytest.fixture(scope="session")
def sent(base):
    """sent(ids): what a request of these users holds: all that the tables know of them."""

    def plain(value):
        if isinstance(value, datetime | date):
            return value.isoformat()
        return float(value) if isinstance(value, Decimal) else value

    def rows(ids):
        users = {user: {"user_id": user} for user in ids}
        for name, table in base.tables.items():
            for row in base.con.to_pyarrow(table.filter(table.user_id.isin(ids))).to_pylist():
                kept = {key: plain(value) for key, value in row.items() if key not in ("user_id", "refund")}
                users[row["user_id"]].setdefault(name, []).append(kept)
        return list(users.values())

    return rows


def _same(got, expected, within):
    if isinstance(got, dict):
        for name in {*got} - {"text", "theme", "lever"}:  # words have tests of their own
            _same(got[name], expected[name], within)
    elif isinstance(got, list):
        for one, other in zip(got, expected, strict=True):
            _same(one, other, within)
    else:
        assert got == (pytest.approx(expected, rel=within, abs=within) if isinstance(got, float) else expected)


@pytest.fixture(scope="session")
def same():
    """same(got, expected, within): the answer holds the same as the snapshot's row under the same names."""
    return _same


@pytest.fixture(scope="session")
def running():
    """running(command, folder, **env): a server of that command in that folder, once it is ready, with its log there;
    it is told a port by --port and asks for a key."""

    @contextmanager
    def run(command, folder, **env):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        key, words = new(), [str(word) for word in (*command, "--port", port)]
        env = os.environ | {VARIABLE: f"tests:{digest(key)}:read+predict+admin"} | env
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, start_new_session=True, env=env)
        found = Server(process, port, key, folder / "log")
        try:
            _wait(found)
            yield found
        finally:
            _stop(process)

    return run


@pytest.fixture(scope="session")
def server(base, running, tmp_path_factory):
    """Started through the command line, from a folder that has a features/ of its own."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "features").mkdir()
    (folder / "features" / "__init__.py").write_text("raise RuntimeError('this is somebody else’s')")
    with running([sys.executable, ROOT / "holdfast.py", "serve", "--config", base.config.file], folder) as found:
        yield found


def _wait(server):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.process.poll() is None:
        try:
            if server.ask("/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server was not ready after {PATIENCE} s; its log:\n{server.log.read_text()}", pytrace=False)


def _stop(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: nobody else is in it
        process.wait(15)


@dataclass
class Shop:
    """Its configuration, and ways to change what the registry holds."""

    config: Config
    base: object

    def add(self, shift=0.0, change=None, crown=True):
        """Register the base's bundle with every log-odds moved by so much; its number. change(folder): before that."""
        correction = Correction("shift", 1.0, shift)
        bundle = replace(self.base.model.bundle, correction=correction)
        folder = self.config.store_path / "made" / f"{shift}-{len(list(self.config.store_path.glob('made/*')))}"
        save(bundle, folder)
        if change:
            bundle = change(bundle, folder) or bundle
        with client(self.config) as registry:
            import mlflow

            with mlflow.start_run():
                number = register(self.config, bundle, folder, {"bundle": bundle.version})
            if crown:
                registry.set_registered_model_alias(self.config.project.name, CHAMPION, number)
        return number

    def crown(self, number):
        with client(self.config) as registry:
            registry.set_registered_model_alias(self.config.project.name, CHAMPION, number)

    def files(self, number):
        """The folder of a registered version's files."""
        with client(self.config):
            import mlflow

            uri = mlflow.artifacts.download_artifacts(f"models:/{self.config.project.name}/{number}")
        (found,) = Path(uri).glob("data/*/manifest.json")
        return found.parent


@pytest.fixture(scope="session")
def shop(base, tmp_path_factory):
    """The base's snapshot in a store of its own, whose registry has one champion, number 1."""
    folder = tmp_path_factory.mktemp("shop")
    text = base.config.file.read_text().replace('"data/', f'"{base.config.file.parent}/data/')
    (folder / "holdfast.toml").write_text(text)
    config = base.config.model_copy(update={"file": folder / "holdfast.toml"})
    shutil.copytree(base.config.store_path / "snapshots", config.store_path / "snapshots")
    found = Shop(config, base)
    found.add()
    return found


@pytest.fixture
def door():
    """door(app, keys={"name": ("key", "read")}, ready=…, until=…, **[api] settings): a Door."""
    return doors.make


@pytest.fixture
def ask():
    """ask(door, path, body, headers=…): one request, answered."""
    return doors.ask


@pytest.fixture
def asking():
    """The same, to be awaited: several requests at once."""
    return doors.call
