"""What every test stands on: a quiet environment, and `needs` for what a machine may lack."""

import ast
import os
import re
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec, resolve_name
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
os.environ.setdefault("MPLBACKEND", "Agg")
# `make test` runs two workers. On two cores, two of them with two threads each train five times slower than with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A developer's own server must not fill with test runs.
os.environ.pop("MLFLOW_TRACKING_URI", None)

# No deadline: the first example of a test pays for its imports. On a build machine the same examples each time.
settings.register_profile("holdfast", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("holdfast")


def data_folder() -> Path:
    return (ROOT / os.environ.get("HOLDFAST_DATA", "../shared/data")).resolve()


def _program(name: str) -> Callable[[], str | None]:
    return lambda: None if shutil.which(name) else f"no program '{name}' on the PATH"


def _postgres() -> str | None:
    # Debian keeps the server's programs off the PATH.
    if shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        return None
    return "no PostgreSQL server is installed"


def _data() -> str | None:
    return None if data_folder().is_dir() else f"no real logs in {data_folder()} (HOLDFAST_DATA)"


def _spark() -> str | None:
    if find_spec("pyspark") is None:
        return "no pyspark; pip install 'holdfast[spark]'"
    return _program("java")()


def _optuna() -> str | None:
    return None if find_spec("optuna") else "no optuna; pip install 'holdfast[tune]'"


LACKS = {
    "data": _data,
    "java": _program("java"),
    "spark": _spark,
    "optuna": _optuna,
    "chromium": _program("chromium"),
    "postgres": _postgres,
}


@pytest.fixture(scope="session")
def needs() -> Callable[[str], None]:
    """needs("java"): skip with the reason where it is missing, fail where HOLDFAST_REQUIRE names it."""

    def check(name: str) -> None:
        required = set(re.findall(r"[^,\s]+", os.environ.get("HOLDFAST_REQUIRE", "")))
        if unknown := (required | {name}) - LACKS.keys():
            pytest.fail(f"{sorted(unknown)}: not among {sorted(LACKS)} (HOLDFAST_REQUIRE, needs())", pytrace=False)
        if reason := LACKS[name]():
            if name in required:
                pytest.fail(f"{reason}, and HOLDFAST_REQUIRE asks for {name}", pytrace=False)
            pytest.skip(reason)

    return check


@pytest.fixture(scope="session")
def real_data(needs) -> Path:
    """The folder of real logs."""
    needs("data")
    return data_folder()


@pytest.fixture
def holdfast(monkeypatch, capsys):
    """holdfast("check", "--config", file): how the program ended (code) and what it printed (out, err)."""
    from holdfast import main

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["holdfast", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return SimpleNamespace(code=end.value.code, **capsys.readouterr()._asdict())

    return run


def _imported(path: str, text: str) -> set[str]:
    package = ".".join(Path(path).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(text, path)):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                base = resolve_name("." * level + (module or ""), package)
                found |= {f"{base}.{name.name}" for name in names}
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                found.add(resolve_name(name, package))
    return found


@pytest.fixture(scope="session")
def imported() -> Callable[..., set[str]]:
    """imported(path, text): the dotted names it imports, wherever in it; `from a import b` counts as a.b."""
    return _imported


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """Path in the checkout → text, for every Python file of ours."""
    ours = [*ROOT.glob("*.py"), *(p for top in sorted(ROOT.iterdir()) if _is_ours(top) for p in top.rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ours}


def _is_ours(top: Path) -> bool:
    return (
        top.is_dir() and not top.name.startswith(".") and top.name not in {"store", "demo", "build", "dist", "mlruns"}
    )
