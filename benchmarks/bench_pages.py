"""What pages cost: against a scan of the base, against the API's look-up of one user, and boards in a scoring run.

    python benchmarks/bench_pages.py                10 M users, a quarter of an hour on two cores; --users N ... others

(a) Each page of the table in this process, made anew, the best of several, in scans: nine columns of the snapshot,
summed up, in the same process. Lists beyond what boards hold are told apart: they are scans. (b) Pages of a real
`holdfast serve` under 8 clients, p95, in turns with /v1/users/{id}; and, told aside, pages of one user after another,
of which none is there already, against look-ups of the same users. (c) Processor seconds of a scoring run: boards
against the rest. Exits 1 where an aim is missed: a page at most 1/50 of a scan at 10 M users or more, p95 at most 3
times the look-up's, boards at most 15 %.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import anyio
import duckdb
import numpy as np
from api_load import Caller, Service, serve, undisturbed
from bench_campaigns import NINE, TEXTS
from pages_base import back, grow, make

from features.config import Config, load
from serving.batch.snapshot import Snapshot, latest

LEAST, LARGE = 1 / 50, 10_000_000  # of a scan; the base that this is asked at
TIMES, SLOWER, BOARDS = 12, 3.0, 0.15
CLIENTS, TURNS = 8, 3
SEVERAL = 500  # users one after the other, more than pages that are kept
HEADERS = [(b"host", b"localhost"), (b"accept-language", b"zh-CN,zh"), (b"accept", b"text/html")]


def addresses(config: Config, snapshot: Snapshot) -> dict[str, str]:
    """What is asked → its kind: page, or beyond (a list that boards do not hold)."""
    from serving.api.pages.table import PAGES
    from serving.campaigns.run import runs

    run = runs(config.store_path)[0]
    user = next(snapshot.iterate(["user_id"], 1))["user_id"][0].as_py()
    given = {"user_id": user, "run": run.name, "play": next(iter(run.plays)), "layer": "rfm", "kind": "csv"}
    given["group"] = "important, to value"
    found = {}
    for page in PAGES:
        if page.menu and "GET" in page.methods and "files" not in page.name and "{kind}" not in page.name:
            address = page.name
            for key, value in given.items():
                address = address.replace("{" + key + "}", str(value).replace(" ", "%20"))
            found[address] = "page"
    cell, move = "band=high&stay=high", "from=active&stage=at_risk"
    for query in ("scored=1", "stage=at_risk", cell, move, "stage=at_risk&page=2", "tag=spender"):
        found[f"/ui/list?{query}"] = "page" if not query.startswith("tag") else "beyond"
    found["/ui/cells?band=high&stay=high"] = found["/ui/flow?all=1"] = found["/ui/layers?stage=loyal"] = "page"
    for query in ("page=9", "tier=high", "level=gold&scored=1"):
        found[f"/ui/list?{query}"] = "beyond"
    return found


def measure(folder: Path) -> None:
    """The scan, and every page; as JSON for ``main``."""
    from serving.api.live import Current
    from serving.api.pages.kept import forget
    from serving.api.predict.predictor import Predictor
    from serving.api.routes import get_routes, table
    from training.tracking import champion

    config = load(folder / "holdfast.toml")
    model, snapshot = champion(config), latest(config.store_path)
    assert model is not None
    current = Current(model, snapshot, Predictor(config, model))
    app = get_routes.app(table.GETS, table.API, table.PAGES)
    live: Any = SimpleNamespace(current=lambda: current)
    get_routes.attach(app, live, anyio.CapacityLimiter(2))
    snapshot.warm()  # as a service does before it serves
    files, sums = [str(file) for file in snapshot.files], ", ".join(f"sum({name})" for name in NINE)
    scans = []
    with duckdb.connect() as con:
        for _ in range(5):
            begin = time.perf_counter()
            con.execute(f"SELECT {sums}, {', '.join(f'max({one})' for one in TEXTS)} FROM read_parquet($1)", [files])
            con.fetchall()
            scans.append(time.perf_counter() - begin)
    found: dict[str, Any] = {"scan": min(scans), "pages": {}}

    async def ask(address: str, anew: bool = True) -> tuple[float, int, int]:
        path, _, query = address.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": path.replace("%20", " "),
            "query_string": query.encode(),
        }
        scope |= {"headers": HEADERS, "root_path": "", "scheme": "http", "server": ("localhost", 80), "app": app}
        parts: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            parts.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        if anew:
            forget()
        begin = time.perf_counter()
        await app(scope, receive, send)  # type: ignore[arg-type]
        took = time.perf_counter() - begin
        return took, int(parts[0]["status"]), sum(len(one.get("body", b"")) for one in parts)

    async def all_of_them() -> None:
        for address, kind in addresses(config, snapshot).items():
            first, status, size = await ask(address)
            if status not in (200, 404):
                raise SystemExit(f"{address}: {status}")
            times = [(await ask(address))[0] for _ in range(TIMES if first < 1 else 1)]
            again = (await ask(address, anew=False))[0]
            told = {"kind": kind, "first": first, "best": min(times), "again": again, "status": status, "size": size}
            found["pages"][address] = told

    asyncio.run(all_of_them())
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(found))


def pages(folder: Path, users: int) -> bool:
    """(a): prints a line a page; whether the aim is reached."""
    command = [sys.executable, __file__, "--measure", str(folder)]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])
    scan, good = found["scan"], True
    print(f"\n{users:,} users: a scan of nine columns takes {scan:.3f} s; peak {found['peak']:.2f} GiB")
    for address, one in sorted(found["pages"].items(), key=lambda each: -each[1]["best"]):
        ratio = one["best"] / scan
        wrong = one["kind"] == "page" and ratio > LEAST and users >= LARGE
        good &= not wrong
        mark = "  FALLS SHORT" if wrong else "" if one["kind"] == "page" else "  beyond the boards"
        print(
            f"  {1000 * one['best']:>9.2f} ms (first {1000 * one['first']:>8.1f}, again {1000 * one['again']:>6.2f})"
            f"{1 / ratio:>9.1f} to a scan"
            f"{one['size'] / 1000:>8.0f} kB  {address} {'' if one['status'] == 200 else one['status']}{mark}",
            flush=True,
        )
    return good


async def clients(service: Service, paths: Iterator[str], seconds: float) -> np.ndarray[Any, Any]:
    """Milliseconds of every answer, of clients that ask one after the other for one path after the other."""
    end = time.perf_counter() + seconds
    found: list[float] = []

    async def one() -> None:
        caller = Caller(service)
        while time.perf_counter() < end or not found:
            answer = await caller.ask("GET", path := next(paths))
            if answer.status not in (200, 404):
                raise SystemExit(f"{path}: {answer.status} {answer.body[:300]!r}")
            found.append(1000 * answer.seconds)
        caller.close()

    with undisturbed():
        await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return np.array(found)


def load_test(config: Config, seconds: float) -> bool:
    """(b): p95 of every page beside the look-up's, in turns."""
    snapshot, good = latest(config.store_path), True
    every = [address for address, kind in addresses(config, snapshot).items() if kind == "page"]
    users = next(snapshot.iterate(["user_id"], SEVERAL))["user_id"].to_pylist()
    service = serve(config)

    def ratio(pages: Sequence[str], users: Sequence[Any]) -> float:
        ours, theirs = [], []
        asked, look_ups = cycle(pages), cycle([f"/v1/users/{user}" for user in users])
        asyncio.run(clients(service, asked, 0.5))
        for _ in range(TURNS):
            ours.append(np.percentile(asyncio.run(clients(service, asked, seconds)), 95))
            theirs.append(np.percentile(asyncio.run(clients(service, look_ups, seconds)), 95))
        found = float(np.median(np.array(ours) / np.array(theirs)))
        print(f"  {np.median(ours):>8.1f} ms, {np.median(theirs):>6.1f} ms, {found:>6.2f}  ", end="")
        return found

    try:
        print(f"\np95 under {CLIENTS} clients, and how many times that of /v1/users/{{id}}")
        for address in every:
            fine = ratio([address], users[:1]) <= SLOWER
            good &= fine
            print(f"{address}{'' if fine else '  FALLS SHORT'}", flush=True)
        ratio([f"/ui/users/{user}" for user in users], users)
        print(f"/ui/users/… of {len(users)} users in turn, each made anew")
    finally:
        service.stop()
    return good


def main(sizes: list[int], base: int, seconds: float, kept: Path | None) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = kept or Path(name)
        told, file = folder / "spent.json", folder / "holdfast.toml"
        if not told.exists():
            _, spent = make(folder, base, lambda what: print(what, file=sys.stderr, flush=True))
            told.write_text(json.dumps(spent))
        spent, config = json.loads(told.read_text()), load(file)
        share = spent["boards"] / spent["rest"]
        good = share <= BOARDS
        print(
            f"boards of {latest(config.store_path).manifest['users']:,} users: {spent['boards']:.1f} s of processor "
            f"time beside {spent['rest']:.1f} s of the rest of the scoring run: {100 * share:.1f} %"
            f"{'' if good else '  FALLS SHORT'}"
        )
        for users in sizes:
            small = latest(config.store_path)
            big = grow(config, users)
            try:
                good &= pages(folder, big.manifest["users"])
                if seconds and users == max(sizes):
                    good &= load_test(config, seconds)
            finally:
                back(small, big)
    print("every aim reached" if good else "an aim was missed")
    return not good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[LARGE])
    parser.add_argument("--base", type=int, default=100_000, help="users simulated, trained on and scored; to 200,000")
    parser.add_argument("--seconds", type=float, default=1, help="of load a turn; 0: no load")
    parser.add_argument("--keep", type=Path, help="folder of the simulated base, made where it is empty, and kept")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
    else:
        sys.exit(main(given.users, given.base, given.seconds, given.keep))
