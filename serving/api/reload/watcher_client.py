"""The service's side of the watcher: keeps it running, reads what it finds, and remembers what was refused."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from features.config import Config
from serving.api.guard import logs, metrics
from serving.api.reload.watcher import MODEL, SNAPSHOT, STATE

ROOT = Path(__file__).parents[3]
PATIENCE = {MODEL: 60.0, SNAPSHOT: 1800.0}  # seconds that a trial may take; a large snapshot is read from end to end
SILENT = 60.0  # seconds, beside those between two looks, after which no look means trouble
REST = (1.0, 5.0, 30.0)  # seconds before the watcher is started again
LOST = "the process that looks for it ended"

Take = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Refusal:
    """A candidate that is not served, and why."""

    name: str
    why: str


class Candidates:
    """What the watcher found. ``take(kind, finding)`` runs in a thread of its own and raises to refuse it.

    serving: by kind what serves already, '' where nothing does.
    """

    def __init__(self, config: Config, serving: Mapping[str, str], take: Take):
        self.config, self.serving, self._take = config, dict(serving), take
        self.refused: dict[str, Refusal] = {}
        self.trouble: dict[str, str] = {}
        self._looked = dict.fromkeys((MODEL, SNAPSHOT), time.monotonic())
        self._crashed: dict[str, str] = {}
        self._first = {kind: threading.Event() for kind in (MODEL, SNAPSHOT)}
        self._over = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="candidates", daemon=True)
        self._thread.start()

    def wait(self, kind: str, seconds: float) -> None:
        """Wait until the first look for a kind has a result, or for ``seconds``."""
        self._first[kind].wait(seconds)

    def close(self) -> None:
        """End the watcher."""
        self._over.set()
        if self._process:
            self._process.kill()
        self._thread.join(5)

    def status(self) -> dict[str, Any]:
        """For /readyz: what was refused and why, and what keeps the watcher from looking."""
        silent = {
            kind: "no answer for a while"
            for kind, looked in self._looked.items()
            if time.monotonic() > looked + self.config.api.watch_seconds + SILENT
        }
        return {
            "refused": {kind: vars(one) for kind, one in dict(self.refused).items()},
            "trouble": {kind: why for kind, why in dict(self.trouble).items() if why} | silent,
        }

    def _run(self) -> None:
        starts = 0
        while not self._over.is_set():
            begun = time.monotonic()
            self._process = self._start()
            self._listen(self._process)
            self._process.kill()
            self._process.wait()
            if self._over.is_set():
                return
            starts = 0 if time.monotonic() > begun + 300 else starts + 1
            if not self._over.wait(REST[min(starts, len(REST)) - 1]):  # else it ended because the service ends
                logs.event("the scout is started again", level=30)

    def _start(self) -> subprocess.Popen[str]:
        # A new Python, not a fork: LightGBM's threads do not survive one.
        process = subprocess.Popen(command(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        given = self.serving | {"config": str(self.config.file), "crashed": self._crashed}
        print(json.dumps(given), file=process.stdin, flush=True)
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Read a watcher's lines until it ends or hangs in a trial."""
        lines: Queue[str] = Queue()
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        trying: dict[str, tuple[str, float]] = {}  # kind → candidate, and when its time is over
        while not self._over.is_set():
            try:
                line = lines.get(timeout=1)
            except Empty:
                if any(time.monotonic() > end for _, end in trying.values()):
                    break
                continue
            if not line:
                break
            said = json.loads(line)
            kind = said["kind"]
            if "trying" in said:
                trying[kind] = (said["trying"], time.monotonic() + PATIENCE[kind])
            elif "found" in said:
                trying.pop(kind, None)
                self._found(kind, said)
            else:
                self._looked[kind], self.trouble[kind] = time.monotonic(), said["trouble"]
                if kind in self._first:
                    self._first[kind].set()
        now = time.monotonic()
        late = {kind: name for kind, (name, end) in trying.items() if now > end}
        for kind, (name, _) in trying.items():
            if not self._over.is_set() and (kind in late or not late):  # else it was another that hung: try it again
                self._crashed[kind] = name
                hung = f"it was not loaded within {PATIENCE[kind]:g} seconds"
                self._refuse(kind, name, hung if late else "the process that tried it ended")

    def _found(self, kind: str, said: Mapping[str, Any]) -> None:
        name = _name(said["found"])
        if "refused" in said:
            self._refuse(kind, name, said["refused"])
            return
        try:
            self._take(kind, said)
        except Exception as error:
            logs.OURS.exception("a candidate failed here")
            self._refuse(kind, name, f"it failed in the service ({type(error).__name__})")
        else:
            self.serving[kind] = said["found"]
            self.refused.pop(kind, None)
            logs.event("taken", kind=kind, name=name)
            self._first[kind].set()

    def _refuse(self, kind: str, name: str, why: str) -> None:
        name = _name(name)
        self.refused[kind] = Refusal(name, why)
        metrics.REFUSED.labels(kind).inc()
        logs.event("refused", level=30, kind=kind, name=name, why=why)
        self._first[kind].set()


def command() -> list[str]:
    """The command that starts a watcher."""
    return [sys.executable, "-m", "serving.api.reload.watcher"]


def _name(candidate: str) -> str:
    return Path(candidate.partition(STATE)[0]).name


def _read(process: subprocess.Popen[str], lines: "Queue[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")
