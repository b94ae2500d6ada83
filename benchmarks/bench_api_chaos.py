"""The service while models and snapshots change, files are damaged, workers die, and too many or hostile ones ask.

    python benchmarks/bench_api_chaos.py                     all of it, 50,000 requests for the memory
    python benchmarks/bench_api_chaos.py --full              1,000,000 of them
    python benchmarks/bench_api_chaos.py swaps --swaps 10    one part, smaller

Prints a line for each part as soon as it is known; exit code 1 where one does not hold.
"""

import argparse
import asyncio
import fcntl
import json
import random
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from api_flood import hostile, idle
from api_harm import no_reader, slow_sender, spoils_of
from api_load import Caller, Service, head, load_of, offered, once, p99, say, serve, statuses
from api_shop import Shop, shop

from serving.api.reload import watcher_client
from serving.api.reload.watcher import MODEL
from serving.batch.snapshot import publish
from serving.client import Client

SHORT: list[str] = []


def told(part: str, good: bool, text: str) -> None:
    """A line for a part, and whether it holds."""
    say(f"{part}: {text}: {'holds' if good else 'FALLS SHORT'}")
    if not good:
        SHORT.append(part)


def requests_of(made: Shop, rows: int = 1) -> list[tuple[str, bytes]]:
    features = {"rows": [made.row()] * rows}
    return [("/v1/predict_features", json.dumps(features).encode()), ("/v1/score", b'{"user_ids": [1]}')]


async def until(service: Service, what: Any, seconds: float = 150) -> dict[str, Any]:
    """What /readyz says, once that fits."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        about = (await once(service, "GET", "/readyz")).json
        if what(about):
            return about
        await asyncio.sleep(0.05)
    raise SystemExit(f"it did not come to that within {seconds:g} s: {about}")


async def swaps(made: Shop, service: Service, count: int) -> None:
    """Champion and snapshot change in turn; every answer has to be one model's and one snapshot's."""
    models = [made.add(0.5), made.add(-0.5)]
    runs = made.second_snapshot()
    async with load_of(service, requests_of(made), 4) as found:
        for turn in range(count):
            number, folder = models[turn % 2], runs[turn % 2]
            made.crown(number)
            publish(folder)
            await until(
                service,
                lambda about, number=number, folder=folder: (
                    about["model_version"].startswith(f"v{number}-") and about["snapshot"] == folder.name
                ),
            )
    answers = [one for _, _, one in found]
    risks: dict[str, set[float]] = {}
    for _, path, one in found:
        if one and one.status == 200 and path == "/v1/predict_features":
            said = one.json
            risks.setdefault(said["model_version"], set()).add(said["rows"][0]["churn_risk"])
    mixed = sum(len(each) - 1 for each in risks.values()) + len(risks) - len(set().union(*risks.values()))
    good = statuses(answers).keys() == {"200"} and mixed == 0 and len(risks) >= 2
    told("swaps", good, f"{count} of model and snapshot, {statuses(answers)}, {mixed} mixed, p99 {p99(answers):.0f} ms")


async def corrupt(made: Shop, service: Service, count: int) -> None:
    """Candidates with changed bytes or files, and models whose hashes are right and that are none."""
    spoils = spoils_of(made.bundle)
    standing = (await once(service, "GET", "/readyz")).json["model_version"]
    refused: list[str] = []
    async with load_of(service, requests_of(made), 2) as found:
        for turn in range(count):
            kind = [*spoils, "bytes", "bytes", "file gone"][turn % (len(spoils) + 3)]
            number = made.add(0.1, spoils.get(kind, lambda bundle: bundle))
            if kind == "bytes":
                file = random.choice([one for one in made.files(number).iterdir() if one.stat().st_size])
                content = bytearray(file.read_bytes())
                content[random.randrange(len(content))] ^= 1 << random.randrange(8)
                file.write_bytes(content)
            elif kind == "file gone":
                (made.files(number) / "churn.txt").unlink()
            made.crown(number)
            about = await until(
                service,
                lambda about, number=number: (
                    about["refused"].get("model", {}).get("name", "").startswith(f"v{number}-")
                    or about["model_version"].startswith(f"v{number}-")
                ),
                watcher_client.PATIENCE[MODEL] + 60,
            )
            if about["model_version"] == standing:
                refused.append(kind)
            else:
                say(f"  {kind}: TAKEN")
    answers = [one for _, _, one in found]
    good = len(refused) == count and statuses(answers).keys() == {"200"}
    told("corrupt", good, f"{len(refused)} of {count} candidates refused, {statuses(answers)}")
    made.crown(standing.partition("-")[0].removeprefix("v"))


async def registry(made: Shop, service: Service, seconds: float) -> None:
    """The registry deleted, then locked, while the service is asked."""
    database = made.config.store_path / "mlflow.db"
    async with load_of(service, requests_of(made), 4) as found:
        database.rename(database.with_suffix(".away"))
        await asyncio.sleep(seconds)
        database.with_suffix(".away").rename(database)
        with closing(sqlite3.connect(database)) as con, (made.config.store_path / "mlflow.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            con.execute("begin exclusive")
            await asyncio.sleep(seconds)
    answers = [one for _, _, one in found]
    told("registry", statuses(answers).keys() == {"200"}, f"deleted, then locked: {statuses(answers)}")


async def killed(made: Shop, service: Service, kills: int) -> None:
    """Workers killed while clients ask: each try that is lost is tried once more."""
    over = False

    def ask() -> tuple[int, int]:
        good = bad = 0
        with Client(service.url, service.key, timeout=120) as client:
            while not over:
                try:
                    client.predict_features([made.row()])
                    good += 1
                except Exception as error:
                    say(f"  lost: {error!r}")
                    bad += 1
        return good, bad

    tasks = [asyncio.create_task(asyncio.to_thread(ask)) for _ in range(3)]
    try:
        for _ in range(kills):
            await asyncio.sleep(2)
            before = {one.pid for one in service.workers()}
            random.choice(service.workers()).kill()
            end = time.monotonic() + 120
            while time.monotonic() < end and not {one.pid for one in service.workers()} - before:
                await asyncio.sleep(0.1)
            await until(service, lambda about: about["ready"])
    finally:
        over = True
    found = await asyncio.gather(*tasks)
    good, bad = (sum(one[n] for one in found) for n in (0, 1))
    told(
        "killed", bad == 0 and good > 0, f"{kills} workers killed: {good} requests answered, {bad} lost after one retry"
    )


async def overload(made: Shop, service: Service, seconds: float) -> None:
    """Three times what it can do, for a while; and how soon it is as before."""
    path, body = requests_of(made, 40)[0]
    async with load_of(service, [(path, body)], 8) as found:
        await asyncio.sleep(min(seconds, 10))
    capacity = sum(one is not None and one.status == 200 for *_, one in found) / min(seconds, 10)
    usual = [one for _, one in await offered(service, path, body, capacity / 2, min(seconds, 10))]
    during = [one for _, one in await offered(service, path, body, 3 * capacity, seconds)]
    await asyncio.sleep(max(0.0, 5 - time.perf_counter() % 1))
    after = [one for _, one in await offered(service, path, body, capacity / 2, min(seconds, 10))]
    good = statuses(during).keys() <= {"200", "429", "503"} and p99(after) <= max(1.5 * p99(usual), p99(usual) + 10)
    text = (
        f"capacity {capacity:.0f}/s; at 3x for {seconds:g} s {statuses(during)}, p99 of the served {p99(during):.0f} ms"
    )
    told("overload", good, f"{text}; p99 at half {p99(usual):.0f} ms before, {p99(after):.0f} ms 5 s after")


async def slow(made: Shop, service: Service, seconds: float) -> None:
    """Fifty who send a byte at a time and fifty who do not read, beside callers like all others."""
    path, body = requests_of(made)[0]
    many = json.dumps({"user_ids": list(range(1, 1001))}).encode()  # an answer that no buffer holds
    before, during, cost = [], [], 0.0
    for found in (before, during):
        tasks = []
        if found is during:
            tasks = [asyncio.create_task(slow_sender(service, path, body)) for _ in range(50)]
            tasks += [asyncio.create_task(no_reader(service, "/v1/score", many)) for _ in range(50)]
            await asyncio.sleep(10)  # until those who do not read have had their work done
            cost = -service.cpu()
            await asyncio.sleep(3)
            cost = (cost + service.cpu()) / 3
        async with load_of(service, [(path, body)], 4) as asked:
            await asyncio.sleep(seconds)
        found += [one for *_, one in asked]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    ratio = p99(during) / p99(before)
    good = statuses(during).keys() == {"200"} and ratio <= 2
    text = f"p99 {p99(before):.1f} ms alone, {p99(during):.1f} ms beside 100 slow callers, {ratio:.2f}x"
    told("slow", good, f"{text}; these alone take {cost:.0%} of a core")


async def memory(made: Shop, service: Service, count: int) -> None:
    """The worker's memory over many requests, good ones and bad ones."""
    requests = [
        *requests_of(made),
        ("/v1/score", b'{"user_ids": ["x", {}]}'),
        ("/v1/predict_features", b'{"rows": [{}]}'),
    ]
    callers = [Caller(service) for _ in range(4)]
    (worker,) = service.workers()
    sizes, begin = [], time.monotonic()
    for done in range(0, count, 5000):

        async def ask(caller: Caller) -> None:
            for _ in range(1250):
                await caller.ask("POST", *random.choice(requests))

        await asyncio.gather(*map(ask, callers))
        sizes.append((done + 5000, worker.memory_info().rss / 1e6))
        if len(sizes) % 10 == 0:
            say(
                f"  {done + 5000:,} requests, {sizes[-1][1]:.0f} MB, {(done + 5000) / (time.monotonic() - begin):.0f}/s"
            )
    late = np.array(sizes[len(sizes) // 5 :])  # caches fill first
    slope = float(np.polyfit(late[:, 0], late[:, 1], 1)[0] * 100_000)
    text = (
        f"{count:,} requests: {sizes[0][1]:.0f} MB at first, {sizes[-1][1]:.0f} MB at last, {slope:+.2f} MB per 100,000"
    )
    told("memory", slope < 1, text)


async def drain(made: Shop, service: Service) -> None:
    """A request that is half sent when the stop comes is answered."""
    path, body = requests_of(made)[0]
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(head(service, "POST", path, len(body)) + body[:10])
    await writer.drain()
    await asyncio.sleep(0.5)
    service.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(1)
    writer.write(body[10:])
    line = (await reader.readline()).decode().split()
    code = await asyncio.to_thread(service.process.wait, 60)
    told("drain", line[1:2] == ["200"] and code == 0, f"answered {' '.join(line[1:2])} after SIGTERM, exit code {code}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = ["swaps", "corrupt", "registry", "killed", "overload", "slow", "hostile", "idle", "memory", "drain"]
    parser.add_argument("parts", nargs="*", default=names, help=", ".join(names))
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--corrupt", type=int, default=20)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60, help="of overload; other parts take a sixth of it")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--full", action="store_true", help="1,000,000 requests for the memory")
    given = parser.parse_args()
    some = given.seconds / 6
    with tempfile.TemporaryDirectory(prefix="bench-chaos-") as folder:
        say("a base of 2,000 users is trained and scored")
        made = shop(Path(folder), 2000, "[api]\nwatch_seconds = 0.5\n")
        service = serve(made.config)
        jobs = {
            "swaps": lambda: swaps(made, service, given.swaps),
            "corrupt": lambda: corrupt(made, service, given.corrupt),
            "registry": lambda: registry(made, service, some),
            "killed": lambda: killed(made, service, given.kills),
            "overload": lambda: overload(made, service, given.seconds),
            "slow": lambda: slow(made, service, some),
            "hostile": lambda: hostile(told, service, *requests_of(made)[0], 2 * some),
            "idle": lambda: idle(told, service),
            "memory": lambda: memory(made, service, 1_000_000 if given.full else given.requests),
            "drain": lambda: drain(made, service),
        }
        try:
            for name in given.parts:
                asyncio.run(jobs[name]())
        finally:
            service.stop()
    sys.exit(bool(SHORT))


if __name__ == "__main__":
    main()
