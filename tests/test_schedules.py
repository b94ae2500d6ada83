"""The examples of docs/how-to/schedule.md: cron, systemd, Kubernetes and Airflow read them, and they call our verb."""

import ast
import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml

from holdfast import app
from serving.cli.reference import verbs

PAGE = (Path(__file__).parent.parent / "docs/how-to/schedule.md").read_text(encoding="utf-8")
FIELD = re.compile(r"^(\*|\d+)(/\d+)?$")


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def is_a_verb(words):
    """Whether a command calls `holdfast run`, a verb that there is."""
    return Path(words[0]).name == "holdfast" and words[1] == "run" and "run" in verbs(app)


def test_the_line_of_cron_has_five_fields_and_calls_the_verb():
    (block,) = blocks("cron")
    *fields, command = block.strip().split(" ", 5)
    assert all(FIELD.match(one) for one in fields) and len(fields) == 5
    assert is_a_verb(shlex.split(command.partition("&& ")[2].partition(" >>")[0]))


def test_the_units_of_systemd_are_read_and_call_the_verb_once_a_night():
    units = []
    for block in blocks("ini"):
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str
        unit.read_string(block)
        units.append(unit)
    service, timer = units
    assert service["Service"]["Type"] == "oneshot" and is_a_verb(service["Service"]["ExecStart"].split())
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_job_of_kubernetes_never_runs_beside_itself_and_calls_the_verb():
    (block,) = blocks("yaml")
    job = yaml.safe_load(block)
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert is_a_verb(container["command"])
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


def test_the_dag_of_airflow_is_python_and_calls_the_verb():
    (block,) = [one for one in blocks("python") if "airflow" in one]
    calls = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
    (command,) = [word.value.value for call in calls for word in call.keywords if word.arg == "bash_command"]
    assert is_a_verb(shlex.split(command))


@pytest.mark.parametrize("kind, count", [("cron", 1), ("ini", 2), ("yaml", 1), ("python", 1)])
def test_no_example_is_missed(kind, count):
    assert len(blocks(kind)) == count
