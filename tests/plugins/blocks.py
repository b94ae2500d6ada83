"""The documents and their fenced blocks, for tests that run them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """A fenced block of README or docs/: where it stands, its language, its text."""

    place: str
    language: str
    text: str


def _documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def _fenced() -> list[Block]:
    found = []
    for page in _documents():
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(f"{page.relative_to(ROOT).as_posix()}:{line}", match[1], match[2]))
    return found


# Argument of a test → the blocks it is run for, one by one.
BLOCKS: dict[str, Callable[[Block], bool]] = {
    "toml_block": lambda one: one.language == "toml",
    "python_block": lambda one: one.language == "python" and not re.search("serving.client|airflow", one.text),
    "client_block": lambda one: one.language == "python" and "serving.client" in one.text,
    "sh_block": lambda one: one.language == "sh",
    "curl_block": lambda one: one.language == "sh" and "curl " in one.text,
}


def pytest_generate_tests(metafunc):
    for name in BLOCKS.keys() & set(metafunc.fixturenames):
        found = [one for one in _fenced() if BLOCKS[name](one)]
        metafunc.parametrize(name, [one.text for one in found], ids=[one.place for one in found])


@pytest.fixture(scope="session")
def documents() -> list[Path]:
    """README and its like, and every page of docs/."""
    return _documents()


@pytest.fixture(scope="session")
def fenced() -> list[Block]:
    """Every fenced block of them."""
    return _fenced()
