"""What `holdfast serve` looks at before it becomes the server: told once, in one line, and not by a worker for ever."""

import os
import socket
import sys

import pytest

from features.config import Api
from features.errors import BadInput
from serving.api import start as module
from serving.api.guard.keys import VARIABLE, digest
from serving.api.start import ROOT, start
from training.tracking import Unreachable


@pytest.fixture
def become(monkeypatch):
    """What the process would have become."""
    found = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: found.append((program, arguments)))
    for name in ("HOLDFAST_CONFIG", "BENTOML_DO_NOT_TRACK"):
        monkeypatch.setenv(name, "")
    for name in ("BENTOML_HOME", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return found


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def refused(become, *arguments):
    with pytest.raises(BadInput) as caught:
        start(*arguments)
    assert become == [] and "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_champion_there_is_nothing_to_serve(own, become, monkeypatch):
    monkeypatch.setattr(module, "champion", lambda config: None)
    file = own.file
    assert refused(become, own, "127.0.0.1", 3000) == (
        f"{file}: no champion in the registry yet; run 'holdfast train --config {file}'"
    )


def test_without_a_snapshot_there_is_nothing_to_serve(own, become, monkeypatch):
    monkeypatch.setattr(module, "champion", lambda config: "some model")
    assert refused(become, own, "127.0.0.1", 3000).endswith("no snapshot yet; make one with 'holdfast score'")


def test_a_port_that_is_taken_is_told(base, become, port):
    assert refused(become, base.config, "127.0.0.1", port) == (
        f"127.0.0.1:{port} cannot be listened on: Address already in use; take another --host or --port"
    )


def test_a_host_that_is_not_here_is_told(base, become):
    line = refused(become, base.config, "nohost.invalid", 3000)
    assert line.startswith("nohost.invalid:3000 cannot be listened on: ")


def test_it_becomes_bentoml_on_that_address_alone(base, become, port):
    start(base.config, "127.0.0.2", port)
    ((program, arguments),) = become
    assert program == arguments[0] == sys.executable and arguments[1:4] == ["-m", "bentoml", "serve"]
    assert arguments[4:] == [
        *("serving.api.service:Holdfast", "--working-dir", str(ROOT)),
        *("--host", "127.0.0.2", "--port", str(port), "--timeout-graceful-shutdown", "15"),
    ]
    assert (ROOT / "serving" / "api" / "service.py").exists()


def test_the_worker_is_told_the_absolute_file_and_no_telemetry(base, become, port):
    start(base.config, "127.0.0.2", port)
    assert os.environ["HOLDFAST_CONFIG"] == str(base.config.file) and base.config.file.is_absolute()
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "True"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_without_keys_only_the_loopback_is_listened_on(base, become, host):
    line = refused(become, base.config, host, 3000)
    assert line.startswith(f"--host {host}: without API keys only this machine may ask; make one with 'holdfast serve ")


def test_with_a_key_it_listens_anywhere(base, become, port, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"ann:{digest('a key')}:read")
    start(base.config, "0.0.0.0", port + 1 if port < 65535 else port - 1)
    assert "0.0.0.0" in become[0][1]


def test_keys_that_cannot_be_read_are_told_before_it_starts(base, become, monkeypatch):
    monkeypatch.setenv(VARIABLE, "ann")
    assert refused(become, base.config, "127.0.0.1", 3000).startswith(f"{VARIABLE}: entry 1 is not ")


def test_more_threads_than_cores_are_told_before_it_starts(base, become):
    config = base.config.model_copy(update={"api": Api(workers=10_000)})
    assert refused(become, config, "127.0.0.1", 3000).startswith("api: 10000 workers of 1 threads are more than ")


def test_two_servers_of_one_store_keep_their_metrics_apart(base, become, port):
    start(base.config, "localhost", port + 1 if port < 65535 else port - 1)
    assert os.environ["BENTOML_HOME"].startswith(f"{base.config.store_path}/serving/bentoml-")


def test_without_the_registry_it_starts_with_the_model_that_served_last(base, become, port, monkeypatch):
    def gone(config):
        raise Unreachable("mlflow.db: MLflow cannot be used there; check that it is up and whole")

    monkeypatch.setattr(module, "champion", gone)
    monkeypatch.setattr(module, "last", lambda store: None)
    assert refused(become, base.config, "127.0.0.1", port).startswith("mlflow.db: MLflow cannot be used")
    monkeypatch.setattr(module, "last", lambda store: "some place")
    start(base.config, "127.0.0.2", port)
    assert become
