"""Runs, models and the champion: in the store, nowhere else, and never a damaged one."""

import fcntl
import os
from pathlib import Path
from threading import Thread

import pytest

from features.config import Config
from features.errors import BadInput
from training import plots, tracking
from training.backtest import frame
from training.bundle import save


@pytest.fixture(scope="module", autouse=True)
def folder_that_mlflow_likes(tmp_path_factory):
    """The current folder: MLflow writes into ./mlruns where one stands, or so it would."""
    here = tmp_path_factory.mktemp("here")
    (here / "mlruns").mkdir()
    before = Path.cwd()
    os.chdir(here)
    yield here
    os.chdir(before)


@pytest.fixture(scope="module")
def logged(system, elsewhere, tmp_path_factory):
    """logged(config, promote): a run with the trained system's bundle."""
    folder = tmp_path_factory.mktemp("saved") / "bundle"
    save(system.bundle, folder)
    pictures = plots.draw(system.result, folder.parent / "pictures")

    def make(config, promote=True, reason="it is good"):
        return tracking.log(config, system.result, system.bundle, folder, pictures, promote, reason)

    return make


@pytest.fixture(scope="module")
def config(system, elsewhere, tmp_path_factory):
    return elsewhere(system.config, tmp_path_factory.mktemp("shop") / "store")


@pytest.fixture(scope="module")
def versions(config, logged):
    """What is in the registry: a promoted version and then one that is not."""
    environment = dict(os.environ)
    nobody = tracking.champion(config)
    first = logged(config)
    second = logged(config, promote=False, reason="does not beat it")
    assert nobody is None  # an empty registry has no champion
    assert {**os.environ, "MLFLOW_DISABLE_TELEMETRY": ""} == {**environment, "MLFLOW_DISABLE_TELEMETRY": ""}
    return first, second


def test_the_champion_is_the_promoted_one(config, versions, system):
    first, second = versions
    found = tracking.champion(config)
    assert (first.number, second.number) == ("1", "2")
    assert (found.number, found.run_id, found.bundle) == (first.number, first.run_id, system.bundle)
    assert found.name == first.name == f"v1-{system.bundle.version}"


def test_all_of_it_lies_in_the_store(config, versions, folder_that_mlflow_likes):
    store = config.store_path
    assert (store / "mlflow.db").is_file() and len(list((store / "mlartifacts").rglob("churn.txt"))) == 2
    assert [path.name for path in folder_that_mlflow_likes.rglob("*")] == ["mlruns"]


def test_nothing_in_the_store_is_a_pickle(config, versions):
    kinds = {path.suffix for path in (config.store_path / "mlartifacts").rglob("*") if path.is_file()}
    assert kinds <= {".txt", ".json", ".yaml", ".png", ""}
    assert not list(config.store_path.rglob("*.pkl"))


def test_a_run_tells_what_it_was_and_how_well_it_did(config, versions, system):
    with tracking.client(config) as client:
        run = client.get_run(versions[0].run_id)
        artifacts = {
            file.path for folder in ("", "pictures") for file in client.list_artifacts(run.info.run_id, folder)
        }
    metrics = run.data.metrics
    for name, one in [*system.result.churn.items(), *system.result.value.items()]:
        for key, x in one.items():
            assert metrics[f"{name}.{key}"] == x
    assert {"holdfast.auc", "holdfast.gini", "recency.log_loss", "past_spend.spearman"} <= metrics.keys()
    params = run.data.params
    assert (params["horizon_days"], params["test_users"]) == ("30.0", str(len(system.result.test)))
    assert params["features"] == str(len(system.bundle.features))
    assert run.data.tags["gate"] == "it is good" and run.data.tags["config_hash"] == config.hash()
    assert run.data.tags["bundle"] == system.bundle.version and run.info.status == "FINISHED"
    pictures = {f"pictures/{name}.png" for name in ("churn", "value", "importance")}
    assert artifacts >= {"trained_on.json", *pictures}


def test_mlflow_loads_it_and_scores_the_same(config, versions, system):
    table = frame(system.result.test, system.bundle).head(20)
    with tracking.client(config):
        import mlflow

        model = mlflow.pyfunc.load_model(f"models:/{config.project.name}@champion")
        found = model.predict(table[table.columns[::-1]])
        with pytest.raises(mlflow.exceptions.MlflowException, match="missing inputs"):
            model.predict(table.drop(columns=[system.bundle.features[0]]))
    assert found.equals(system.bundle.score(table))


def test_the_database_is_created_once(config, versions):
    before = (config.store_path / "mlflow.db").stat().st_ino
    with tracking.client(config) as client:
        found = client.search_experiments()
    assert (config.store_path / "mlflow.db").stat().st_ino == before
    ours = next(one for one in found if one.name == config.project.name)
    assert ours.artifact_location == (config.store_path / "mlartifacts").as_uri()


def test_one_process_at_a_time_creates_the_database(system, elsewhere, tmp_path):
    # Two that do it at once break each other; whoever holds the lock is let finish.
    config, found = elsewhere(system.config, tmp_path), []
    with (tmp_path / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = Thread(target=lambda: found.append(tracking.champion(config)))
        other.start()
        other.join(0.5)
        assert other.is_alive() and not (tmp_path / "mlflow.db").exists()
    other.join(60)
    assert found == [None] and (tmp_path / "mlflow.db").exists()


def test_two_stores_in_one_process_stay_apart(config, versions, system, elsewhere, logged, tmp_path):
    other = elsewhere(system.config, tmp_path / "other")
    assert tracking.champion(other) is None
    assert logged(other).number == "1"
    assert tracking.champion(other).run_id != tracking.champion(config).run_id == versions[0].run_id
    with tracking.client(config) as client:
        assert len(client.search_model_versions(f"name='{config.project.name}'")) == 2
    assert "MLFLOW_TRACKING_URI" not in os.environ and "MLFLOW_EXPERIMENT_ID" not in os.environ


def test_a_servers_address_of_ones_own_is_kept(config, versions, monkeypatch, tmp_path, elsewhere, system):
    # The same database under the person's name for it; the store itself stays empty.
    address = f"sqlite:///{config.store_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    other = elsewhere(system.config, tmp_path)
    assert tracking.uri(other) == address and tracking.champion(other).number == "1"
    assert os.environ["MLFLOW_TRACKING_URI"] == address and "MLFLOW_REGISTRY_URI" not in os.environ
    assert not (tmp_path / "mlflow.db").exists()


def test_a_registered_model_without_a_champion_has_none(system, elsewhere, logged, tmp_path):
    config = elsewhere(system.config, tmp_path)
    logged(config, promote=False)
    assert tracking.champion(config) is None


def test_a_damaged_champion_is_refused(system, elsewhere, logged, tmp_path):
    config = elsewhere(system.config, tmp_path)
    logged(config)
    (file,) = tmp_path.rglob("churn.txt")
    file.write_bytes(file.read_bytes().replace(b"7", b"8", 1))
    with pytest.raises(BadInput, match="churn.txt is missing or was changed; train again or take another version"):
        tracking.champion(config)
    (file.parent / "manifest.json").unlink()
    with pytest.raises(BadInput, match="model holdfast version 1 holds no bundle; train again"):
        tracking.champion(config)
    (tmp_path / "mlartifacts").rename(tmp_path / "gone")
    with pytest.raises(BadInput, match="version 1: its files cannot be fetched .*; train again") as error:
        tracking.champion(config)
    assert "\n" not in str(error.value)


def test_another_failure_is_no_empty_registry(config, versions, monkeypatch):
    # Else a model would be promoted without having been compared.
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def fails(*_):
        raise MlflowException("the server is busy")

    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", fails)
    with pytest.raises(MlflowException):
        tracking.champion(config)


def test_a_damaged_database_or_a_server_that_is_down_is_told_in_one_line(tmp_path, monkeypatch):
    config = Config(tables={"orders": {"path": "x.csv"}}, file=tmp_path / "holdfast.toml")
    config.store_path.mkdir()
    (config.store_path / "mlflow.db").write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match=r"mlflow.db: MLflow cannot be used there \(\w+\); check that") as error:
        tracking.champion(config)
    assert "\n" not in str(error.value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(BadInput, match="MLFLOW_TRACKING_URI: MLflow cannot be used there") as error:
        tracking.champion(config)
    assert "secret" not in str(error.value)
