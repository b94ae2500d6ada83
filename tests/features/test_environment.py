"""No environment variable is read that the table does not list, and none is listed that nobody reads."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from features.environment import NAMES, TABLE

ROOT = Path(__file__).parents[2]
OURS = re.compile(r"(?:features|training|serving|benchmarks)/.*|holdfast\.py|tests/conftest\.py")
NAME = re.compile(r"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*")
# Uppercase texts of files that read the environment, which are no variables that anybody else sets.
OTHERS = {
    "GET",  # a method of HTTP
    "POST",
    "ERROR",  # a level of logs
    "CRITICAL",
    "INTERNAL_ERROR",  # a code of MLflow's
    "SQL",
    "UTC",
    "PASSIVE",  # a value
    "PG",  # the tests', for an address in a holdfast.toml
    "S256",  # how a challenge is made, by RFC 7636
    "ZX",  # states of a process
    "AWS_EC2_METADATA_DISABLED",  # set for the clients of bench_remote.py, which read it
    "AWS_SECRET_ACCESS_KEY",
}


def reads(text):
    """Whether a source looks at the environment, and not only speaks of it."""
    nodes = list(ast.walk(ast.parse(text)))
    return any(getattr(node, "attr", getattr(node, "id", "")) in ("environ", "getenv") for node in nodes)


def names(text):
    """What may be the name of a variable, in a file that reads the environment."""
    if not reads(text):
        return set()
    texts = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    return {one for one in texts if isinstance(one, str) and NAME.fullmatch(one)} - OTHERS


def test_every_variable_that_is_read_is_listed(sources):
    found = {path: names(text) - NAMES for path, text in sources.items() if OURS.fullmatch(path)}
    assert {path: unlisted for path, unlisted in found.items() if unlisted} == {}


def test_every_file_that_looks_at_the_environment_is_named_by_a_variable(sources):
    named = {file for one in TABLE for file in one.where}
    passes_on = {"features/config/server_address.py"}  # ${NAME} of holdfast.toml: any name at all
    looks = {path for path, text in sources.items() if OURS.fullmatch(path) and reads(text)}
    inherits = {path for path in looks if path.startswith("benchmarks/")}  # hand all of it on to what they start
    assert looks - inherits - passes_on <= named


def test_every_word_that_begins_like_ours_is_listed():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    found = {}
    for file in filter(None, files):
        path = ROOT / file
        if path.suffix in (".png", ".parquet", ".gz") or not path.is_file() or path == Path(__file__):
            continue
        words = set(re.findall(r"\bHOLDFAST_[A-Z_]+\b", path.read_text(encoding="utf-8", errors="ignore")))
        if words - NAMES:
            found[file] = words - NAMES
    assert found == {}


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one.name)
def test_a_listed_variable_is_read_where_it_says(one):
    assert one.where and one.meaning and one.default
    assert [file for file in one.where if one.name not in (ROOT / file).read_text(encoding="utf-8")] == []


def test_a_variable_that_nobody_listed_is_found():
    assert names("import os\nos.environ.get('HOLDFAST_NEW')") == {"HOLDFAST_NEW"}
    assert names("import os\nX = 'SOME_NAME'\nos.getenv(X)") == {"SOME_NAME"}
    assert names("from os import environ\nenviron['SOME_NAME']") == {"SOME_NAME"}
    assert names("X = 'SOME_NAME'  # of os.environ") == set()
