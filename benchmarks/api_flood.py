"""What bench_api_chaos.py floods the service with: hostile bodies, and connections that ask nothing.

python benchmarks/api_flood.py PORT SECONDS     50 senders of hostile bodies; the key comes by standard input
"""

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
from api_load import Answer, Service, head, load_of, once, p99, statuses

Told = Callable[[str, bool, str], None]  # tells of a part, whether it holds, and its figures
SENDERS = 50
SIZE = 16_000_000  # bytes that a body may have
LINKS = 5000


def filled(start: str, unit: str, end: str) -> bytes:
    """A body of the size limit."""
    return (start + ",".join([unit] * ((SIZE - len(start) - len(end)) // (len(unit) + 1))) + end).encode()


def numbered(start: str, unit: str, end: str, count: int) -> bytes:
    text = start + ",".join(unit % n for n in range(count)) + end
    return (text + " " * (SIZE - len(text))).encode()


def bodies() -> dict[str, tuple[str, bytes]]:
    """Kinds of bodies: where they go, and what they are. Those of numbered names keep below every bound but one."""
    order = '{"time":"2026-01-01T00:00:00Z","amount":1.5}'
    user = '{"user_id":1,"orders":[' + ",".join([order] * 90) + "]}"
    raw = '{"users":[' + ",".join([user] * 990)
    return {
        "wrong values": ("/v1/score", filled('{"user_ids":[', "[]", "]}")),
        "empty rows": ("/v1/predict_features", filled('{"rows":[', "{}", "]}")),
        "names of a row": ("/v1/predict_features", numbered('{"rows":[{', '"k%d":[]', "}]}", 990_000)),
        "names at the top": ("/v1/predict", numbered("{", '"k%d":[]', "}", 990_000)),
        "nesting": ("/v1/predict", b"[" * SIZE),
        "one number": ("/v1/score", b'{"user_ids":[' + b"1" * (SIZE - 15) + b"]}"),
        "wrong at the end": ("/v1/predict", (raw + ',{"user_id":[]}]}' + " " * SIZE)[:SIZE].encode()),
    }


def send(port: int, key: str, path: str, body: bytes, end: float, found: Counter[str]) -> None:
    """One sender: a body after the other, each on a connection of its own."""
    service = Service(None, port, key, Path())  # type: ignore[arg-type]
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
                with suppress(OSError):
                    link.sendall(head(service, "POST", path, len(body)) + body)
                found[link.makefile("rb").readline()[9:12].decode() or "lost"] += 1
        except OSError:
            found["lost"] += 1


def flood(port: int, seconds: float, key: str) -> None:
    """All senders; prints how many answers had which status. Gentle, for senders would be other machines."""
    os.nice(15)
    kinds, found = [*bodies().values()], Counter[str]()
    print("ready", flush=True)
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=send, args=(port, key, *kinds[n % len(kinds)], end, found)) for n in range(SENDERS)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    print(json.dumps(found), flush=True)


async def hostile(told: Told, service: Service, path: str, body: bytes, seconds: float) -> None:
    """Good callers before and beside the senders: their p99, and the memory of the worker and of what it has checks."""
    async with load_of(service, [(path, body)], 4) as found:
        await asyncio.sleep(seconds)
    before = [one for *_, one in found]
    (worker,) = service.workers()
    command = [sys.executable, __file__, str(service.port), str(seconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    process.stdin.write(service.key + "\n")
    process.stdin.flush()
    await asyncio.to_thread(process.stdout.readline)
    peak = beside = 0.0
    during: list[Answer | None] = []
    async with load_of(service, [(path, body)], 4) as found:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            peak = max(peak, worker.memory_info().rss / 1e6)
            for one in worker.children():
                with suppress(psutil.Error):  # it has just ended
                    if "body_checker" in " ".join(one.cmdline()):
                        beside = max(beside, one.memory_info().rss / 1e6)
            await asyncio.sleep(0.05)
        during = [one for *_, one in found]
    said = json.loads(await asyncio.to_thread(process.stdout.readline))
    process.wait()
    ratio = p99(during) / p99(before)
    good = statuses(during).keys() == {"200"} and ratio <= 3 and peak < 1000
    text = f"{SENDERS} senders of {SIZE / 1e6:.0f} MB, {said}; good callers' p99 {p99(before):.1f} ms before, "
    text += f"{p99(during):.1f} ms during, {ratio:.2f}x, {statuses(during)}; the worker's peak {peak:.0f} MB, of the "
    told("hostile", good, text + f"process that checks bodies {beside:.0f} MB")


async def idle(told: Told, service: Service) -> None:
    """How soon /livez is answered beside connections that ask nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * LINKS)) if hard > 0 else 2 * LINKS, hard))
    (worker,) = service.workers()
    others, took = worker.num_fds(), []
    with ExitStack() as links:
        for _ in range(LINKS):
            links.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=60))
        for _ in range(50):
            start = time.perf_counter()
            assert (await once(service, "GET", "/livez")).status == 200
            took.append(time.perf_counter() - start)
        there = worker.num_fds() - others
        end = time.monotonic() + 60
        while worker.num_fds() > others + 50 and time.monotonic() < end:
            await asyncio.sleep(0.1)
        left = max(0, worker.num_fds() - others - 50)
    text = f"{LINKS} connections, {there} of them open at once: /livez in {1000 * max(took):.0f} ms at most of 50, "
    text += f"{1000 * sorted(took)[25]:.1f} ms in the middle; {left} left open in the end"
    told("idle", max(took) < 1 and left == 0, text)


if __name__ == "__main__":
    flood(int(sys.argv[1]), float(sys.argv[2]), sys.stdin.readline().strip())
