"""Where MLflow keeps things: created once, in the store. A server that fails is told in one line."""

import fcntl
import os
from threading import Thread

import pytest

from features import store_mode
from features.config import Config
from features.errors import BadInput
from features.user_base import UserBase
from training import tracking
from training.bundle import save


@pytest.fixture
def config(tmp_path):
    return Config(tables={"orders": {"path": "x.csv"}}, file=tmp_path / "holdfast.toml")


def test_one_process_at_a_time_creates_the_database_and_only_once(config):
    # Two that do it at once break each other; whoever holds the lock is let finish.
    store, found = config.store_path, []
    store.mkdir()
    with (store / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = Thread(target=lambda: found.append(tracking.champion(config)))
        other.start()
        other.join(0.5)
        assert other.is_alive() and not (store / "mlflow.db").exists()
    other.join(60)
    assert found == [None]
    before = (store / "mlflow.db").stat().st_ino
    with tracking.client(config) as client:
        experiments = client.search_experiments()
    assert (store / "mlflow.db").stat().st_ino == before
    ours = next(one for one in experiments if one.name == config.project.name)
    assert ours.artifact_location == (store / "mlartifacts").as_uri()
    with pytest.raises(BadInput, match="^mine$"), tracking.client(config):  # others keep their words
        raise BadInput("mine")
    assert "MLFLOW_TRACKING_URI" not in os.environ and "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_a_damaged_database_or_a_server_that_is_down_is_told_in_one_line(config, monkeypatch):
    config.store_path.mkdir()
    (config.store_path / "mlflow.db").write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match=r"mlflow.db: MLflow cannot be used there \(\w+\); check that") as error:
        tracking.champion(config)
    assert "\n" not in str(error.value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(tracking.Unreachable, match="MLFLOW_TRACKING_URI: MLflow cannot be used there") as error:
        tracking.champion(config)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(("mode", "others"), [("private", 0o077), ("group", 0o007)])
def test_nobody_else_may_read_the_store_neither_mlflows_part_of_it(system, elsewhere, tmp_path, mode, others):
    before = os.umask(0o022)
    try:
        store_mode.apply(mode)
        config = elsewhere(system.config, tmp_path / "store")
        save(system.bundle, config.store_path / "models" / "bundle")
        base = UserBase(config, None, system.tables)
        tracking.log(base, system.results, system.bundle, config.store_path / "models" / "bundle", [], True, "")
    finally:
        os.umask(before)
    found = [config.store_path, *config.store_path.rglob("*")]
    assert {"mlflow.db", "mlartifacts", "manifest.json", "churn.txt"} <= {path.name for path in found}
    assert [path for path in found if path.stat().st_mode & others] == []
    if mode == "group":
        folders = [path for path in found if path.is_dir()]
        assert [path for path in folders if path.stat().st_mode & 0o070 != 0o070] == []
