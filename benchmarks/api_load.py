"""The service as a child process, and callers of it.

Callers are asyncio connections with just enough HTTP, for a client library would take more time than the service.
"""

import asyncio
import gc
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from features.config import Config
from serving.api.guard.keys import VARIABLE, digest, new

ROOT = Path(__file__).parents[1]
IDLE = 3  # seconds after which a connection is not used again: the service closes it after five


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Service:
    """A running `holdfast serve`."""

    process: subprocess.Popen[bytes]
    port: int
    key: str
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[psutil.Process]:
        """The processes that answer, without what they have started."""
        found = []
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):  # it has just ended
                if "_bentoml_impl.worker.service" in " ".join(one.cmdline()):
                    found.append(one)
        return found

    def cpu(self) -> float:
        """Seconds of a core that the workers have taken so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self.workers())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def serve(config: Config, **environment: str) -> Service:
    """Start the service, and wait until it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    key, log = new(), config.store_path / f"serve-{port}.log"
    env = os.environ | {VARIABLE: f"bench:{digest(key)}:read+predict+admin+operate"} | environment
    command = [sys.executable, "-m", "holdfast", "serve", "--port", str(port), "--config", str(config.file)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=env)
    service = Service(process, port, key, log)
    end = time.monotonic() + 180
    while time.monotonic() < end and process.poll() is None:
        try:
            if asyncio.run(once(service, "GET", "/readyz")).status == 200:
                return service
        except OSError:
            time.sleep(0.2)
    service.stop()
    raise SystemExit(f"the service did not start:\n{log.read_text()[-3000:]}")


@dataclass
class Answer:
    """An answer, and the seconds it took."""

    status: int
    body: bytes
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """One connection, kept open."""

    def __init__(self, service: Service):
        self.service, self.used = service, 0.0
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Raises OSError or asyncio.IncompleteReadError where the connection is lost."""
        start = time.perf_counter()
        if start > self.used + IDLE:
            self.close()
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.service.port)
        reader, writer = self.streams
        try:
            writer.write(head(self.service, method, path, len(body)) + body)
            await writer.drain()
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
            content = await reader.readexactly(int(headers.get("content-length", 0)))
        except BaseException:
            self.close()
            raise
        if headers.get("connection") == "close":
            self.close()
        self.used = time.perf_counter()
        return Answer(int(lines[0].split()[1]), content, time.perf_counter() - start, headers)

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()
        self.streams = None


def head(service: Service, method: str, path: str, length: int) -> bytes:
    """The head of a request."""
    kind = "Content-Type: application/json\r\n" if length else ""  # a page refuses to be sent JSON
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {service.key}\r\n"
        f"{kind}Content-Length: {length}\r\n\r\n"
    ).encode()


async def once(service: Service, method: str, path: str, body: bytes = b"") -> Answer:
    caller = Caller(service)
    try:
        return await caller.ask(method, path, body)
    finally:
        caller.close()


@contextmanager
def undisturbed() -> Iterator[None]:
    """While inside, no garbage collection stops the callers: its pauses would pass for the service's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@asynccontextmanager
async def load_of(
    service: Service, requests: list[tuple[str, bytes]], callers: int
) -> AsyncIterator[list[tuple[float, str, Answer | None]]]:
    """So many callers that ask one request after the other while inside: when, what, and the answer or None."""
    found: list[tuple[float, str, Answer | None]] = []
    over = False

    async def ask() -> None:
        caller = Caller(service)
        while not over:
            path, body = random.choice(requests)
            try:
                found.append((time.perf_counter(), path, await caller.ask("POST", path, body)))
            except (OSError, asyncio.IncompleteReadError):
                found.append((time.perf_counter(), path, None))
        caller.close()

    tasks = [asyncio.create_task(ask()) for _ in range(callers)]
    try:
        with undisturbed():
            yield found
    finally:
        over = True
        await asyncio.gather(*tasks)


async def offered(
    service: Service, path: str, body: bytes, rate: float, seconds: float, most: int = 2000
) -> list[tuple[float, Answer | None]]:
    """Requests that come so many a second, whether those before them were answered or not; each with its beginning.

    One whose answer is late takes a further connection; where ``most`` are waiting already it counts as not answered.
    """
    free: list[Caller] = []
    found: list[tuple[float, Answer | None]] = []
    tasks: set[asyncio.Task[None]] = set()

    async def ask(caller: Caller, at: float) -> None:
        try:
            found.append((at, await caller.ask("POST", path, body)))
        except (OSError, asyncio.IncompleteReadError):
            found.append((at, None))
        free.append(caller)

    with undisturbed():
        begin = time.perf_counter()
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            if (wait := due - time.perf_counter()) > 0.001:
                await asyncio.sleep(wait)
            if len(tasks) >= most:
                found.append((time.perf_counter(), None))
                continue
            task = asyncio.create_task(ask(free.pop() if free else Caller(service), time.perf_counter()))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
    for caller in free:
        caller.close()
    return found


def statuses(answers: list[Answer | None]) -> dict[str, int]:
    """How many answers had which status; 'lost' where there was none."""
    return dict(Counter("lost" if one is None else str(one.status) for one in answers))


def p99(answers: list[Answer | None]) -> float:
    """The 99th percentile in milliseconds of the answers of status 200."""
    return float(np.percentile([1000 * one.seconds for one in answers if one and one.status == 200] or [np.nan], 99))
