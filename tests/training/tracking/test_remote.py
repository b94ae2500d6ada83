"""A real MLflow server, started here on a free port: everything works on it by MLFLOW_TRACKING_URI alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from features.errors import BadInput
from training import tracking
from training.bundle import save
from training.evaluation.backtest import frame
from training.tracking import comparison, registry

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
PATIENCE = 90  # seconds: a loaded machine takes its time to import MLflow


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(folder, *command, **environment):
    """A program in a process group of its own, its output in a file."""
    own = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), **environment}
    with (folder / "log.txt").open("w") as log:
        return subprocess.Popen(
            command, cwd=folder, env=os.environ | own, stdout=log, stderr=log, start_new_session=True
        )


def stop(process):
    """End it and its workers."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def wait(process, address, folder):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "log.txt").read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError((folder / "log.txt").read_text())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address and process of an MLflow server that keeps runs in sqlite and passes artifacts on."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = (BIN / "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1")
    command += ("--artifacts-destination", folder / "artifacts", "--host", "127.0.0.1", "--port", str(port))
    process = start(folder, *command)
    try:
        wait(process, f"http://127.0.0.1:{port}/health", folder)
        yield f"http://127.0.0.1:{port}", process, folder
    finally:
        stop(process)


@pytest.fixture
def far(server, monkeypatch, system, elsewhere, tmp_path):
    """A configuration whose store is empty, on that server."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server[0])
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    return elsewhere(system.config, tmp_path / "store")


def test_runs_models_and_champions_live_on_a_server(far, server, logged, system, pictures):
    assert tracking.champion(far) is None and registry.entries(far) == []
    first = logged(far)
    tracking.attach(far, first, pictures[:1], "# A card")
    second = logged(far, promote=False)
    found = tracking.champion(far)
    assert (found.name, found.bundle) == (first.name, system.bundle)
    assert registry.promote(far, "2").number == "2" and tracking.champion(far).number == second.number
    assert registry.rollback(far).number == "1"
    assert [one.aliases for one in registry.entries(far)] == [(), ("champion",)]
    assert comparison.compare(far, "1", "2").config == []
    with tracking.client(far) as client:
        experiment = client.get_experiment_by_name(far.project.name)
        children = client.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{first.run_id}'")
        assert [file.path for file in client.list_artifacts(first.run_id, "card")] == [f"card/{pictures[0].name}"]
    assert experiment.artifact_location.startswith("mlflow-artifacts:") and len(children) == len(system.results)
    assert [path.name for path in far.store_path.iterdir()] == ["mlflow.lock"]  # nothing else stays here
    (churn, *_) = (server[2] / "artifacts").rglob("churn.txt")
    before = churn.read_bytes()
    for file in (server[2] / "artifacts").rglob("churn.txt"):
        file.write_bytes(before[:-1] + b" ")
    with pytest.raises(BadInput, match="version 1: churn.txt is missing or was changed"):
        tracking.champion(far)


def test_a_server_that_dies_is_told_in_one_line(far, server, monkeypatch, logged):
    # The last test of this file: the server stays dead.
    def dies(*_, **__):
        stop(server[1])
        return real(*_, **__)

    real = registry.aliases_of
    monkeypatch.setattr(registry, "aliases_of", dies)
    for _ in range(2):  # dies while it is asked; is dead from the beginning
        with pytest.raises(tracking.Unreachable) as error:
            registry.entries(far)
        assert str(error.value) == (
            "MLFLOW_TRACKING_URI: MLflow cannot be used there (ConnectionError); check that it is up and whole"
        )


# What MLflow itself makes of a bundle


@pytest.fixture(scope="module")
def model(system, tmp_path_factory):
    """The folder of a model as MLflow saves it; its bundle is in data/bundle."""
    import mlflow

    folder = tmp_path_factory.mktemp("model")
    save(system.bundle, folder / "bundle")
    mlflow.pyfunc.save_model(
        folder / "model", loader_module="training.bundle", data_path=str(folder / "bundle"), pip_requirements=[]
    )
    return folder / "model"


def test_mlflow_refuses_a_bundle_of_which_any_file_has_changed(model, system):
    import mlflow

    table = frame(system.result.test, system.bundle).head(5)
    assert mlflow.pyfunc.load_model(str(model)).predict(table).equals(system.bundle.predict(table))
    files = sorted((model / "data" / "bundle").iterdir())
    assert {"churn.txt", "features.json", "manifest.json", "metrics.json"} <= {file.name for file in files}
    for file in files:
        good = file.read_bytes()
        middle = len(good) // 2
        file.write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
        with pytest.raises(BadInput, match=file.name):
            mlflow.pyfunc.load_model(str(model))
        file.write_bytes(good)
    (model / "data" / "bundle" / "more.txt").write_text("tree")
    with pytest.raises(BadInput, match=r"more\.txt does not belong to the bundle"):
        mlflow.pyfunc.load_model(str(model))
    (model / "data" / "bundle" / "more.txt").unlink()


def test_mlflow_models_serve_answers_as_the_bundle_does(model, system, tmp_path):
    table, port = frame(system.result.test, system.bundle).head(3), free_port()
    command = (BIN / "mlflow", "models", "serve", "-m", model, "--env-manager", "local")
    process = start(tmp_path, *command, "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    try:
        wait(process, f"http://127.0.0.1:{port}/ping", tmp_path)
        body = json.dumps({"dataframe_split": json.loads(table.to_json(orient="split", double_precision=15))})
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/invocations", body.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.load(answer)["predictions"]
    finally:
        stop(process)
    expected = system.bundle.predict(table)
    assert [one["churn_risk"] for one in found] == pytest.approx(expected["churn_risk"].tolist(), abs=1e-9)
    assert [one["tier"] for one in found] == expected["tier"].tolist()
