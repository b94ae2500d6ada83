"""The programs of docs/make/, which is no package."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def made():
    """made("site"): docs/make/site.py as a module."""

    def load(name):
        spec = importlib.util.spec_from_file_location(f"docs_make_{name}", ROOT / f"docs/make/{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load
