"""What every test stands on: a quiet environment, and `needs` for what a machine may lack."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec, resolve_name
from pathlib import Path
from pwd import getpwnam
from types import SimpleNamespace

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
PLUGINS = ("blocks", "kept_store", "mlflow_database", "object_store", "order", "quick_spark", "slow", "spark_cluster")
pytest_plugins = [f"tests.plugins.{name}" for name in PLUGINS]

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


def _chromium() -> str | None:
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        return "no playwright; pip install 'holdfast[test]'"
    return _program("chromium")()


def _data() -> str | None:
    return None if data_folder().is_dir() else f"no real logs in {data_folder()} (HOLDFAST_DATA)"


def _spark() -> str | None:
    if find_spec("pyspark") is None:
        return "no pyspark; pip install 'holdfast[spark]'"
    return _program("java")()


def _optuna() -> str | None:
    return None if find_spec("optuna") else "no optuna; pip install 'holdfast[tune]'"


def _mkdocs() -> str | None:
    return None if find_spec("material") else "no mkdocs-material; pip install 'holdfast[docs]'"


def _hadolint() -> str | None:
    return None if (Path(sys.executable).parent / "hadolint").exists() else "no hadolint; pip install 'holdfast[test]'"


def _moto() -> str | None:
    return None if find_spec("moto") and find_spec("flask_cors") else "no moto; pip install 'holdfast[test]'"


def _delta() -> str | None:
    return None if find_spec("deltalake") else "no deltalake; pip install 'holdfast[delta]'"


def _iceberg() -> str | None:
    return None if find_spec("pyiceberg") else "no pyiceberg; pip install 'holdfast[iceberg]'"


def _obstore() -> str | None:
    return None if find_spec("obstore") else "no obstore; pip install 'holdfast[remote]'"


def _mounts() -> str | None:
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True) if shutil.which("unshare") else None
    return None if tried and not tried.returncode else "this account may not give a process mounts of its own"


LACKS = {
    "mounts": _mounts,
    "hadolint": _hadolint,
    "data": _data,
    "java": _program("java"),
    "spark": _spark,
    "optuna": _optuna,
    "mkdocs": _mkdocs,
    "chromium": _chromium,
    "postgres": _postgres,
    "moto": _moto,
    "delta": _delta,
    "iceberg": _iceberg,
    "obstore": _obstore,
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


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Server:
    """A PostgreSQL server of the tests' own: only a socket, nothing synced to the disk. As root it runs as nobody."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        found = shutil.which("postgres") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")))
        self.bin, self.as_user = Path(found).resolve().parent, []
        if os.getuid() == 0:
            shutil.chown(self.folder, "nobody")
            self.as_user = ["setpriv", f"--reuid={getpwnam('nobody').pw_uid}", "--clear-groups", "--"]
        self._run("initdb", "-U", "owner", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        options = (
            f"-c listen_addresses='' -c fsync=off -c max_connections=20 -c unix_socket_directories='{self.folder}'"
        )
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.as_user, str(self.bin / program), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")

    def kill(self) -> None:
        """SIGKILL to the server and all that work for it; start() brings it back."""
        lock = self.folder / "data" / "postmaster.pid"
        pid = int(lock.read_text().split()[0])
        pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        for one in pids:
            os.kill(one, signal.SIGKILL)
        while any(_runs(one) for one in pids):
            time.sleep(0.01)
        for one in (lock, self.folder / ".s.PGSQL.5432.lock"):
            one.unlink()  # where nobody buries the dead, the next server would take this one for alive

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    @property
    def uri(self) -> str:
        return f"postgresql://owner@/postgres?host={self.folder}"

    def sql(self, *commands: str) -> list:
        """Run them one by one; the rows of the last, if it has any."""
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.uri, autocommit=True) as connection, connection.cursor() as cursor:
            for command in commands:
                cursor.execute(command)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def server(needs):
    """A PostgreSQL server, started when the first test asks for it."""
    needs("postgres")
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def postgres(server, monkeypatch):
    """The server with an empty schema `shop`; its address is in the environment variable PG."""
    server.sql("DROP SCHEMA IF EXISTS shop CASCADE", "CREATE SCHEMA shop")
    monkeypatch.setenv("PG", server.uri)
    return server


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
