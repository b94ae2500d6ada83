"""What a program finds that knows MLflow and not Holdfast."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training import tracking
from training.evaluation.backtest import frame
from training.tracking.logged_model import PACKAGES, example_row
from training.trained_model import TIERS

LOAD = """
import json, sys
sys.meta_path[:] = [one for one in sys.meta_path if "editable" not in repr(one).lower()]
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
import training.bundle
scored = model.predict(pd.read_json(sys.argv[2], lines=True))
print(json.dumps([training.bundle.__file__, scored["churn_risk"].tolist()]))
"""


@pytest.fixture(scope="module")
def config(system, elsewhere, tmp_path_factory):
    return elsewhere(system.config, tmp_path_factory.mktemp("logged"))


@pytest.fixture(scope="module")
def version(config, logged):
    return logged(config)


@pytest.fixture(scope="module")
def model(config, version):
    with tracking.client(config):
        import mlflow

        return mlflow.pyfunc.load_model(f"models:/{config.project.name}@champion")


@pytest.fixture
def rows(system):
    return frame(system.result.test, system.bundle).head(20)


def test_a_table_is_scored_whatever_kinds_of_numbers_a_reader_made_of_it(model, rows, system):
    counts = [name for name in rows if (rows[name] == rows[name].round()).all()]
    amounts = [name for name in system.bundle.features if name.startswith("order_amount_")][:1]
    mixed = rows.assign(**{name: rows[name].astype("int64") for name in counts})
    mixed = mixed.assign(
        **{name: [Decimal(repr(x)) if np.isfinite(x) else None for x in rows[name]] for name in amounts}
    )
    assert counts and amounts
    assert model.predict(mixed).drop(columns="user_id", errors="ignore").equals(system.bundle.predict(rows))


def test_the_users_stay_beside_their_scores_and_tiers_have_names(model, rows, config):
    users = [f"u{number}" for number in range(len(rows))]
    found = model.predict(rows.assign(user_id=users))
    assert found["user_id"].tolist() == users
    assert all(set(found[name]) <= set(config.value.tiers) for name in TIERS)


def test_its_page_shows_what_goes_in_and_what_comes_out(model, system):
    signature = model.metadata.signature
    assert signature.inputs.input_names() == ["user_id", *system.bundle.features]
    scored = system.bundle.predict(example_row(system.bundle))
    assert signature.outputs.input_names() == list(scored.columns)
    assert {one.type.name for one in signature.outputs.inputs if one.name not in TIERS} == {"double"}


def test_the_example_is_nobodys_row(model, system):
    example = model.input_example
    assert list(example.columns) == list(system.bundle.features) and len(example) == 1
    assert set(pd.to_numeric(example.iloc[0], errors="coerce").dropna()) == {0.0}
    assert len(model.predict(example)) == 1


def test_it_runs_from_its_own_code_where_holdfast_is_not_installed(config, version, rows, system, tmp_path):
    with tracking.client(config):
        import mlflow

        folder = Path(mlflow.artifacts.download_artifacts(f"models:/{config.project.name}/1", dst_path=str(tmp_path)))
    rows.to_json(tmp_path / "rows.jsonl", orient="records", lines=True, double_precision=15)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", LOAD, str(folder), str(tmp_path / "rows.jsonl")]
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    place, risks = json.loads(ran.stdout)
    assert Path(place).is_relative_to(folder / "code")
    assert risks == pytest.approx(system.bundle.predict(rows)["churn_risk"].tolist(), abs=1e-6)
    assert {line.partition("==")[0] for line in (folder / "requirements.txt").read_text().split()} >= set(PACKAGES)


def test_all_that_scoring_imports_is_among_the_packages(version):
    code = (
        "import sys, training.bundle, importlib.metadata as m; names = m.packages_distributions(); "
        "print({names[one.partition('.')[0]][0] for one in sys.modules if one.partition('.')[0] in names})"
    )
    loaded = eval(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    ours = {line.split(";")[0].strip() for line in _requirements()}
    assert (loaded & ours) - {"holdfast"} <= set(PACKAGES)


def _requirements():
    import re
    from importlib.metadata import requires

    return [re.split(r"[\[<>=!~; ]", one)[0] for one in requires("holdfast") or [] if "extra ==" not in one]


def test_a_run_names_its_data_and_its_experiment_is_one_of_models(config, version, system):
    with tracking.client(config) as client:
        run = client.get_run(version.run_id)
        experiment = client.get_experiment(run.info.experiment_id)
        registered = client.get_model_version(config.project.name, version.number)
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.digest == system.tables.fingerprint[:36] and data.dataset.name == config.project.name
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    assert run.data.tags["config_hash"] == registered.tags["config_hash"] == system.bundle.config_hash
