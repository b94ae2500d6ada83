"""House rules that a test can see; CONTRIBUTING.md says them in words."""

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("features/", "training/", "serving/", "holdfast.py")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def dependencies(project):
    return [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]


@pytest.fixture(scope="module")
def pins():
    return [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]


def importers(sources, imported, *packages):
    def roots(path):
        return {name.split(".")[0] for name in imported(path, sources[path])}

    return [path for path in sources if roots(path) & {*packages}]


def test_nothing_pickles(sources, imported):
    assert importers(sources, imported, "pickle", "joblib", "cloudpickle", "dill") == []


def test_mlflow_has_one_door(sources, imported):
    ours = {path: text for path, text in sources.items() if path.startswith(FLOORS)}
    assert [path for path in importers(ours, imported, "mlflow") if not path.startswith("training/tracking/")] == []


def test_every_file_has_its_test_file(sources):
    ours = [Path(path) for path in sources if path.startswith(FLOORS[:3]) and not path.endswith("__init__.py")]
    tests = [(Path("tests") / path).with_name(f"test_{path.name}").as_posix() for path in ours]
    assert [test for test in tests if test not in sources] == []


def test_no_file_is_longer_than_300_lines(sources):
    assert {path: n for path, text in sources.items() if (n := len(text.splitlines())) > 300} == {}


def test_no_room_holds_more_than_15_files(sources):
    files = Counter(Path(path).parent.as_posix() for path in sources if not path.endswith("__init__.py"))
    assert {room: n for room, n in files.items() if f"{room}/".startswith(FLOORS[:3]) and n > 15} == {}


def test_every_dependency_has_its_reason(dependencies):
    lines = (ROOT / "pyproject.toml").read_text().splitlines()

    def has_reason(dependency):
        at = next(i for i, line in enumerate(lines) if f'"{dependency}"' in line)
        return "#" in lines[at] or lines[at - 1].lstrip().startswith("#")

    assert [dependency for dependency in dependencies if not has_reason(dependency)] == []


def test_constraints_are_names_and_versions_alone(pins):
    # No address, no registry, no path, no option.
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.+!]+", line) or line.startswith("-")] == []


def test_constraints_pin_every_dependency(pins, dependencies):
    def name(text):
        return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", text)[0]).lower()

    assert {name(dependency) for dependency in dependencies} - {name(pin) for pin in pins} == set()


def test_no_data_and_no_artifact_is_in_the_repository():
    try:
        git = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if git.returncode:
        pytest.skip(f"not a readable git checkout: {git.stderr.strip()}")
    assert re.findall(r".*\.(?:parquet|csv|db|sqlite|duckdb|lgb|pkl)$", git.stdout, re.MULTILINE) == []
