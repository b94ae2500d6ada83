"""Has large bodies checked by a process beside the service, one at a time, before the service makes values of them."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from anyio import CapacityLimiter

from serving.api.contract.errors import Problem, Refused
from serving.api.contract.requests import Body
from serving.api.guard import logs
from serving.api.guard.deadline import in_thread

ROOT = Path(__file__).parents[3]
SMALL = 64_000  # bytes of a body that is read at once: one or two milliseconds
LONGEST = 30.0  # seconds that a check may take; the worst that is within the bounds takes one of a core
TOO_LONG = Problem(413, "too_large", "the body could not be checked in time; send fewer users at once")


class Checks:
    """The process that checks, started anew where one ended or took too long."""

    def __init__(self, seconds: float = LONGEST) -> None:
        self._seconds, self._lock, self._over = seconds, Lock(), False
        self._one_at_a_time = CapacityLimiter(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have a process ready before the first large body comes."""
        with self._lock:
            if not self._over and (self._process is None or self._process.poll() is not None):
                self._process = subprocess.Popen(command(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._over = True
            if self._process:
                self._process.kill()
                self._process.wait()

    async def read(self, model: type[Body], body: bytes) -> dict[str, Any]:
        """The fields of a body; raises Refused for one that does not fit."""
        if len(body) <= SMALL:
            return model.read(body)
        return await in_thread(partial(self._read, model, body), self._one_at_a_time)

    def _read(self, model: type[Body], body: bytes) -> dict[str, Any]:
        if problem := self.problem(model, body):
            raise Refused(problem)
        return model.fields(body)

    def problem(self, model: type[Body], body: bytes) -> Problem | None:
        """What the process finds wrong with a body; where it ends over it or takes too long, that it is too large."""
        self.start()
        process = self._process
        assert process and process.stdin and process.stdout
        late = Timer(self._seconds, process.kill)
        late.start()
        try:
            process.stdin.write(f"{model.__name__} {len(body)}\n".encode())
            process.stdin.write(body)
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            late.cancel()
        if not line:
            process.kill()
            process.wait()
            logs.event("the process that checks bodies ended over one, and is started again", level=30)
            self.start()
            return TOO_LONG
        found = json.loads(line)
        return found and Problem(**found)


def command() -> list[str]:
    """What starts a process that checks."""
    return [sys.executable, "-m", "serving.api.guard.body_checker"]
