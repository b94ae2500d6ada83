"""A standalone Spark cluster of the tests' own: a master and workers of one core, from the jars that pyspark brings."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLASSES = "org.apache.spark.deploy"
JOINED = "Successfully registered with driver"


class Cluster:
    """A master and workers of one core as processes of this machine, with Spark's default settings."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder, self.workers = folder, {}
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.master = f"spark://127.0.0.1:{self.port}"
        self._master = self._start("master", "master.Master", "--port", str(self.port))
        self._wait("master", "Starting Spark master")
        for number in range(workers):
            self.add(number)
        for number in range(workers):
            self._wait(f"worker-{number}", "Successfully registered")

    @property
    def environment(self) -> dict[str, str]:
        """Of the cluster's processes, and of one that uses it. Java compiles in haste, for all is short."""
        quick = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "OMP_NUM_THREADS": "1"}
        ours = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_MASTER": self.master, "PYTHONPATH": str(ROOT)}
        return {**os.environ, **quick, **ours}

    def add(self, number: int, without: Path | None = None) -> None:
        """Start a worker; without: a folder that it sees empty, as one to which nothing is mounted."""
        work = self.folder / f"work-{number}"
        given = ("--cores", "1", "--memory", "1g", "--work-dir", str(work), self.master)
        self.workers[number] = self._start(f"worker-{number}", "worker.Worker", *given, without=without)

    def launched(self, number: int, seconds: float = 120) -> None:
        """Wait until an executor of this worker has joined the application that runs."""
        end = time.monotonic() + seconds
        while not any(JOINED in log.read_text(errors="replace") for log in self._executors(number)):
            assert time.monotonic() < end, f"no executor of worker {number} joined"
            time.sleep(0.1)

    def _executors(self, number: int) -> Iterator[Path]:
        return (self.folder / f"work-{number}").glob("app-*/*/stderr")

    def kill(self, number: int) -> None:
        """SIGKILL to a worker and all that it started: executors and their Pythons."""
        _kill(self.workers.pop(number))

    def stop(self) -> None:
        for process in [*self.workers.values(), self._master]:
            _kill(process)
        self.workers = {}

    def _start(self, name: str, kind: str, *given: str, without: Path | None = None) -> subprocess.Popen:
        import pyspark

        home = Path(pyspark.__file__).parent
        command = [str(home / "bin" / "spark-class"), f"{CLASSES}.{kind}", "--host", "127.0.0.1", "--webui-port", "0"]
        command += given
        if without is not None:  # a mount that this process and its children see alone
            hidden = f'mount -t tmpfs none {without} && exec "$@"'
            command = ["unshare", "--mount", "sh", "-c", hidden, "sh", *command]
        if shutil.which("setpriv"):  # nothing is left where the tests are killed
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        environment = {**self.environment, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "128m"}
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)

    def _wait(self, name: str, text: str, seconds: float = 60) -> None:
        log, end = self.folder / f"{name}.log", time.monotonic() + seconds
        while text not in log.read_text(errors="replace"):
            assert time.monotonic() < end, f"no '{text}' in {log}"
            time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    parents: dict[int, list[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents.setdefault(int(file.read_text().rpartition(")")[2].split()[1]), []).append(int(file.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(one := waiting.pop())
        waiting += parents.get(one, [])
    return found


def _kill(process: subprocess.Popen) -> None:
    for pid in children(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def cluster(needs, tmp_path_factory):
    """A master and two workers of one core."""
    needs("spark")
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()
