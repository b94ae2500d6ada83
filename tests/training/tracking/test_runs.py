"""A training run in MLflow: what it tells, and that all of it lies in the store."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from training import tracking
from training.evaluation.backtest import frame
from training.tracking import runs


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
def config(system, elsewhere, tmp_path_factory):
    return elsewhere(system.config, tmp_path_factory.mktemp("shop") / "store")


@pytest.fixture(scope="module")
def versions(config, logged):
    """What is in the registry: a promoted version and then one that is not."""

    def ours():
        return {name for name in os.environ if name.startswith("MLFLOW_")} - {"MLFLOW_DISABLE_TELEMETRY"}

    before = ours()
    nobody = tracking.champion(config)
    first = logged(config)
    second = logged(config, promote=False, reason="does not beat it")
    assert nobody is None  # an empty registry has no champion
    assert ours() == before
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
    assert kinds <= {".txt", ".json", ".yaml", ".png", ".toml", "", ".py", ".html"}  # the last two are code
    assert not list(config.store_path.rglob("*.pkl"))


def test_a_run_tells_what_it_was_and_how_well_it_did(config, versions, system):
    with tracking.client(config) as client:
        run = client.get_run(versions[0].run_id)
        artifacts = {
            file.path for folder in ("", "pictures") for file in client.list_artifacts(run.info.run_id, folder)
        }
    for name, one in [*system.result.churn.items(), *system.result.value.items()]:
        for key, x in one.items():
            if isinstance(x, int | float):
                assert run.data.metrics[f"{name}.{key}"] == x
    expected = {"holdfast.auc", "holdfast.gini", "recency.log_loss", "past_spend.spearman", "holdfast.mean_risk"}
    assert expected <= run.data.metrics.keys()
    params, tags = run.data.params, run.data.tags
    assert (params["horizon_days"], params["test_users"]) == ("30.0", str(len(system.result.test)))
    assert params["features"] == str(len(system.bundle.features))
    assert params["orders.rows"] == str(system.tables.counts["orders"].rows) and params["orders.quarantined"] == "0"
    assert tags["gate"] == "it is good" and tags["config_hash"] == system.bundle.config_hash
    assert tags["data"] == system.tables.fingerprint and tags["holdfast"]
    assert tags["bundle"] == system.bundle.version and run.info.status == "FINISHED"
    pictures = {f"pictures/{name}.png" for name in ("churn", "value", "importance")}
    assert artifacts >= {"trained_on.json", "protocol.json", "backtest.json", "holdfast.toml", *pictures}


def test_every_test_cutoff_is_a_run_within_the_run(config, versions, system):
    with tracking.client(config) as client:
        experiment = client.get_experiment_by_name(config.project.name).experiment_id
        parent = versions[0].run_id
        runs = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent}'")
        history = client.get_metric_history(parent, "holdfast.auc")
    found = {run.data.params["test_as_of"]: run.data.metrics["holdfast.auc"] for run in runs}
    assert found == {one.as_of.isoformat(): one.churn["holdfast"]["auc"] for one in system.results} and len(found) == 2
    assert [one.value for one in sorted(history, key=lambda one: one.step)] == [found[at] for at in sorted(found)]


def test_the_configuration_is_logged_as_written_without_secrets(config, monkeypatch, tmp_path):
    file = tmp_path / "holdfast.toml"
    file.write_text('path = "${SHOP}/orders.csv"\nuri = "postgresql://me:secret@db/shop"\n')
    monkeypatch.setenv("SHOP", "/private")
    text = runs.unexpanded(config.model_copy(update={"file": file}))
    assert text == 'path = "${SHOP}/orders.csv"\nuri = "postgresql://***@db/shop"\n'
    gone = runs.unexpanded(config.model_copy(update={"file": tmp_path / "gone.toml"}))
    assert '"horizon_days": 30' in gone and gone.startswith("# ")


def test_what_is_no_number_is_no_metric(system):
    odd = replace(
        system.result, churn={"holdfast": {"auc": float("nan"), "log_loss": 0.5, "interval": (0, 1)}}, value={}
    )
    found = runs.metrics(odd)
    assert found.keys() == {"holdfast.log_loss", "holdfast.mean_risk", "test.churn_rate", "test.users"}
    assert found["holdfast.mean_risk"] == system.result.risk["holdfast"].mean()


def test_mlflow_loads_it_and_scores_the_same(config, versions, system):
    table = frame(system.result.test, system.bundle).head(20)
    with tracking.client(config):
        import mlflow

        model = mlflow.pyfunc.load_model(f"models:/{config.project.name}@champion")
        found = model.predict(table[table.columns[::-1]])
        with pytest.raises(mlflow.exceptions.MlflowException, match="missing inputs"):
            model.predict(table.drop(columns=[system.bundle.features[0]]))
    assert found.equals(system.bundle.predict(table))


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
