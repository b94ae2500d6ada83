"""The image and the compose file hold what the service needs, and no secret."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_the_dockerfile_has_no_lint(needs):
    needs("hadolint")
    done = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_gets_what_is_installed_and_nothing_else():
    text = (ROOT / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE) for name in line.split()}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == sent and all((ROOT / name).exists() for name in copied)
    assert re.search(r"^USER \d+$", text, re.MULTILINE) and "--constraint constraints.txt" in text


def test_the_service_its_registry_and_a_database_are_there(compose):
    assert compose.keys() == {"holdfast", "mlflow", "postgres"}
    assert compose["holdfast"]["environment"]["MLFLOW_TRACKING_URI"] == "http://mlflow:5000"
    assert compose["holdfast"]["depends_on"].keys() == {"mlflow", "postgres"}


def test_no_secret_is_written_down_and_nothing_is_open_to_others(compose):
    for service in compose.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        for name, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|_DB$", name) and name != "POSTGRES_DB":
                assert re.search(r"\$\{\w+:\?", value), name  # from the environment, or it does not start
    assert "ports" not in compose["postgres"]


def test_the_tracking_server_runs_no_jobs_and_is_for_this_machine(compose):
    from mlflow.environment_variables import MLFLOW_SERVER_ENABLE_JOB_EXECUTION as switch

    assert compose["mlflow"]["environment"] == {switch.name: "false"}  # CVE-2026-0545: they need no password
    assert compose["mlflow"]["ports"] == ["127.0.0.1:5000:5000"]


def test_the_registrys_command_is_one_that_mlflow_knows(compose):
    known = (Path(find_spec("mlflow").origin).parent / "cli" / "__init__.py").read_text()
    options = [word.partition("=")[0] for word in compose["mlflow"]["command"] if word.startswith("--")]
    assert options and [option for option in options if option not in known] == []
