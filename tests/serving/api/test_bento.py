"""`bentoml build` makes a Bento that holds what the service needs, no secret, and runs."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil
import pytest
import yaml

ROOT = Path(__file__).parents[3]
BENTOML = Path(sys.executable).with_name("bentoml")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where BentoML keeps things: of this module alone."""
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def bento(home):
    """A Bento of this checkout: its folder."""
    env = os.environ | {"BENTOML_HOME": str(home)}
    env.pop("HOLDFAST_CONFIG", None)
    done = subprocess.run([BENTOML, "build", "--output", "tag"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    name, _, version = done.stdout.rpartition("__tag__:")[2].strip().partition(":")
    return home / "bentos" / name / version


def test_it_holds_the_floors_and_what_they_need(bento):
    ours = [
        path for floor in ("features", "training", "serving") for path in (ROOT / floor).rglob("*") if path.is_file()
    ]
    wanted = {path.relative_to(ROOT).as_posix() for path in ours if "__pycache__" not in path.parts}
    there = {path.relative_to(bento / "src").as_posix() for path in (bento / "src").rglob("*") if path.is_file()}
    assert wanted <= there and not [path for path in there if path.startswith(("tests/", "store/", "."))]
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(needed) <= set((bento / "env" / "python" / "requirements.txt").read_text().splitlines())


def test_an_image_of_it_gets_the_tested_versions(bento):
    made = (bento / "env" / "docker" / "Dockerfile").read_text()
    before, _, install = made.partition("uv --directory")
    assert "ARG UV_CONSTRAINT=constraints.txt" in before and "./src/constraints.txt" in before and install
    assert (bento / "src" / "constraints.txt").read_text() == (ROOT / "constraints.txt").read_text()
    assert "libgomp1" in before


def test_it_knows_its_routes_and_holds_no_configuration(bento):
    about = yaml.safe_load((bento / "bento.yaml").read_text())
    assert about["service"] == "serving.api.service:Holdfast"
    assert {"/v1/score", "/v1/predict", "/v1/predict_features"} <= {one["route"] for one in about["schema"]["routes"]}
    assert {one["name"]: one["value"] for one in about["envs"]}["HOLDFAST_CONFIG"] == ""


def _serve(bento):
    # By its name: a module of that name, installed from anywhere, would be taken before it.
    return [BENTOML, "serve", f"{bento.parent.name}:{bento.name}", "--host", "127.0.0.1"]


def test_without_a_configuration_it_does_not_start(bento, home):
    env = {name: value for name, value in os.environ.items() if name != "HOLDFAST_CONFIG"}
    done = subprocess.run(
        _serve(bento), cwd=home, env=env | {"BENTOML_HOME": str(home)}, capture_output=True, text=True
    )
    assert done.returncode == 1 and "'HOLDFAST_CONFIG' is required but not set" in done.stdout + done.stderr


def test_it_serves_by_its_own_files_and_stops_when_told(bento, home, base, running, wanted, ready, sent, same):
    features, expected = ready
    users = {"users": sent([expected[0]["user_id"]]), "as_of": base.tables.observed_until.isoformat()}
    env = {"BENTOML_HOME": str(home), "HOLDFAST_CONFIG": str(base.config.file)}
    with running(_serve(bento), home, **env) as server:
        assert server.ask("/livez")[0] == 200 and server.ask("/readyz")[1]["model_version"] == base.model.name
        same(server.ask("/v1/score", {"user_ids": [wanted[0]["user_id"]]})[1]["users"][0], wanted[0], 1e-12)
        same(server.ask("/v1/predict_features", {"rows": features})[1]["rows"][0], expected[0], 1e-9)
        predicted = server.ask("/v1/predict", users)[1]["users"][0]
        assert predicted["churn_risk"] == pytest.approx(expected[0]["churn_risk"], abs=1e-9)
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert workers and {worker.cwd() for worker in workers} == {str(bento / "src")}
        server.process.terminate()
        assert server.process.wait(20) == 0
        _, alive = psutil.wait_procs(workers, 5)
        log = server.log.read_text()
        assert not alive and "Traceback" not in log and '"error"' not in log
