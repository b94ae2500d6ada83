"""What README and pages show works: settings are read, Python runs, commands exist, links lead somewhere."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import holdfast
from features.config import load
from features.simulate import simulate
from serving.cli.reference import options, verbs

ROOT = Path(__file__).parent.parent
BASE = """\
[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
[train]
cutoffs = 2
"""
LARGEST = 6144
SCHEDULES = {"cron", "ini", "yaml"}  # tests/test_schedules.py reads them


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with a small simulated base, to stand in."""
    folder = tmp_path_factory.mktemp("shop")
    simulate(folder / "data", 300, days=200)
    (folder / "holdfast.toml").write_text(BASE)
    return folder


def test_every_block_says_its_language(fenced):
    assert {one.language for one in fenced} == {"toml", "python", "sh", "text", "json", *SCHEDULES}


def test_settings_are_read(toml_block, tmp_path):
    text, tables = toml_block, tomllib.loads(toml_block).get("tables", {})
    if not {"orders", "events"} & tables.keys():
        text += '\n[tables.orders]\npath = "orders.csv"\n'
    if not tables:
        text += '[tables.users]\npath = "users.csv"\n'
    (tmp_path / "holdfast.toml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "holdfast.toml").tables


def test_python_runs(python_block, shop):
    if "holdfast.open" in python_block and not hasattr(holdfast, "open"):
        pytest.skip("holdfast.open is not there yet")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", python_block], cwd=shop, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def commands(text: str) -> list[list[str]]:
    """The commands of a block as words, without what stands behind a #."""
    lines = text.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def test_commands_exist(sh_block):
    known, targets = verbs(holdfast.app), set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in commands(sh_block):
        match words:
            case ["holdfast" | ".venv/bin/holdfast", *rest]:
                name = " ".join(rest[:2]) if " ".join(rest[:2]) in known else rest[0]
                given = {word for word in rest if word.startswith("--")}
                assert name in known and given <= options(known[name]), words
            case ["make", *rest]:
                assert set(rest) <= targets, words
            case ["python", file, *_]:
                assert (ROOT / file).exists(), words
                flags = [word for word in words if word.startswith("--")]
                assert all(flag in (ROOT / file).read_text(encoding="utf-8") for flag in flags), words
            case [".venv/bin/pytest" | "source", *_] | [".ci/run"] | ["curl", *_]:
                pass  # curl: tests/serving/api/test_docs.py
            case ["grep", _, file]:
                assert Path(file).name in (ROOT / "serving/api/pages/audit.py").read_text(encoding="utf-8"), words
            case _:
                pytest.fail(f"{words}: say in this test how such a command is checked")


def test_files_that_pages_name_are_there(documents):
    missing = []
    for page in documents:
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        missing += [(page.name, link) for link in links if not (page.parent / link).exists()]
        paths = re.findall(r"`((?:features|training|serving|tests|benchmarks|docs)/[\w./-]+)`", text)
        missing += [(page.name, path) for path in paths if not (ROOT / path).exists()]
        scripts = re.findall(r"`(bench_\w+\.py)`", text)
        missing += [(page.name, path) for path in scripts if not (ROOT / "benchmarks" / path).exists()]
    assert missing == []


def test_settings_that_pages_name_are_there(documents):
    known = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/reference/settings.md").read_text(), re.MULTILINE))
    sections = set(re.findall(r"^## \[(\w+)", (ROOT / "docs/reference/settings.md").read_text(), re.MULTILINE))
    wrong = []
    for page in documents:
        for section, key in re.findall(r"`\[(\w+)\] (\w+)[^`]*`", page.read_text(encoding="utf-8")):
            wrong += [(page.name, section, key)] if section not in sections or key not in known else []
    assert wrong == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_bytes()) <= LARGEST


def test_the_readme_shows_figures_of_the_results():
    results = (ROOT / "docs/explanation/results.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+), (\d+) days \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(rows) == 6
    for log, days, rest in rows:
        users, ours_auc, auc, ours_loss, loss, name = rest.split(" | ")
        ours = rf"\| {log}, [^|]+\| {days}, [^|]+\| {users}, [^|]+\| \*\*holdfast\*\* \| {ours_auc} \| {ours_loss} "
        theirs = rf"\| \| \|  \| {name}; \w+ \| {auc} \| {loss} "
        assert re.search(ours + r"[^\n]*\n" + theirs, results), (log, days)


def test_pictures_are_small():
    sizes = {file.name: file.stat().st_size for file in (ROOT / "docs/images").iterdir()}
    assert sizes and {name: size for name, size in sizes.items() if size > 150_000} == {}
