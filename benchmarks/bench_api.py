"""Requests a second and tails of the API, in turns with `mlflow models serve` and a bare FastAPI app.

    python benchmarks/bench_api.py                     10 s a figure
    python benchmarks/bench_api.py --seconds 3         shorter
    python benchmarks/bench_api.py --schemathesis 1000 and then so many questions to every operation

Tails are held against the bare FastAPI app's at the same load, and one user's raw rows against a plain DuckDB query of
200 aggregates over them, in the same run: on a host that itself pauses, which is measured and told, both grow alike.
Needs wrk (Debian: wrk). One worker each, loopback, the same bundle, the same rows; prints a line for each figure as
soon as it is known; exit code 1 where one does not hold.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import psutil
import pyarrow as pa
from api_load import ROOT, Caller, Service, offered, p99, say, serve
from api_shop import Shop, shop

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
SHORT: list[str] = []
TURNS = 5
SETTLED = 1000  # requests before raw rows are timed: after some hundred, memory is no longer as it was at the start
LUA = """wrk.method = "POST"
wrk.body = [==[{body}]==]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
function done(summary, latency, requests)
  print("BAD " .. (summary.errors.status + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Ask:
    """A server, and what it is asked."""

    name: str
    service: Service
    path: str
    body: bytes


def told(what: str, good: bool) -> None:
    say(f"  {'holds' if good else 'FALLS SHORT'}: {what}")
    if not good:
        SHORT.append(what)


def capacity(ask: Ask, seconds: int, connections: int = 8) -> float:
    """Requests answered a second, with so many connections that ask one after the other."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA.format(body=ask.body.decode(), key=ask.service.key))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", "--latency", "-s", script.name, ask.service.url + ask.path]
        before = processor(ask.service)
        out = subprocess.run([*command, f"-d{seconds}s"], capture_output=True, text=True, check=True).stdout
        spent = processor(ask.service) - before
    rate, bad = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), int(re.search(r"BAD (\d+)", out)[1])  # type: ignore
    tail = re.search(r"99%\s+(\d\S+)", out)
    each = 1000 * spent / int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index]
    worst = tail[1] if tail else "?"
    trouble = f", {bad:,} BAD" if bad else ""
    say(f"    {ask.name}: {rate:,.0f} requests/s, p99 {worst}, {each:.2f} ms of processor time each{trouble}")
    return rate if not bad else 0.0


def beside(ask: Ask, peer: Ask, seconds: float) -> tuple[float, float, float]:
    """The capacity of ours, the peer's, and how many times that ours is: all medians of turns that they take, for on a
    machine that others use too, what is measured minutes apart is not comparable."""
    for one in (ask, peer):
        capacity(one, 1)  # to warm up
    turn = max(1, round(seconds / TURNS))  # wrk takes whole seconds
    found = [(capacity(ask, turn), capacity(peer, turn)) for _ in range(TURNS)]
    ratio = median(ours / max(theirs, 1e-9) for ours, theirs in found)
    return median(ours for ours, _ in found), median(theirs for _, theirs in found), ratio


def processor(service: Service) -> float:
    """Seconds of processor time that a server and all its processes have used: it counts them where others use the
    machine too."""
    first = psutil.Process(service.process.pid)
    times = [one.cpu_times() for one in (first, *first.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def pauses(seconds: float) -> str:
    """What the host does to a program that only wants to wake up every millisecond."""
    late, end = [], time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        time.sleep(0.001)
        late.append(1000 * (time.perf_counter() - begin) - 1)
    return f"this host's own pauses, of a loop that sleeps: p99 {p99_of(late):.1f} ms, longest {max(late):.1f} ms"


def tails(ask: Ask, peer: Ask, rate: float, seconds: float) -> tuple[float, float]:
    """p99 in ms at the same steady rate, of ours and times the peer's: medians of turns that they take."""
    found = [(tail(ask, rate, seconds / TURNS), tail(peer, rate, seconds / TURNS)) for _ in range(TURNS)]
    return median(ours for ours, _ in found), median(ours / theirs for ours, theirs in found)


def by_hand(user: dict[str, Any], seconds: float) -> float:
    """Median ms of 200 windowed aggregates over one user's rows, written by hand and run by DuckDB on one thread."""
    con = duckdb.connect(config={"threads": 1})
    for name in ("orders", "events"):
        con.register(f"given_{name}", pa.Table.from_pylist(user[name]))
        con.execute(f"CREATE TABLE {name} AS SELECT * REPLACE (time::TIMESTAMP AS time) FROM given_{name}")
    windows = [f"FILTER (WHERE time > TIMESTAMP '2025-12-31' - INTERVAL {7 * k} DAY)" for k in range(1, 26)]
    asked = {
        "orders": ("count(*)", "sum(amount)", "avg(amount)", "max(time)"),
        "events": ("count(*)", "count(DISTINCT event)", "count(DISTINCT session_id)", "max(time)"),
    }
    columns = {name: ", ".join(f"{one} {window}" for one in of for window in windows) for name, of in asked.items()}
    queries = [f"SELECT {what} FROM {name}" for name, what in columns.items()]
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 20:
        begin = time.perf_counter()
        for query in queries:
            con.execute(query).fetchall()
        times.append(1000 * (time.perf_counter() - begin))
    return median(times)


def p99_of(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def tail(ask: Ask, rate: float, seconds: float) -> float:
    """p99 in ms of requests that come at a steady rate."""
    found = asyncio.run(offered(ask.service, ask.path, ask.body, rate, seconds))
    worst = p99([answer for _, answer in found])
    lost = sum(1 for _, answer in found if answer is None or answer.status != 200)
    say(f"  {ask.name}: at {rate:,.0f} requests/s p99 {worst:.1f} ms" + (f", {lost} BAD" if lost else ""))
    return worst if not lost else float("inf")


@contextmanager
def other(command: list[str], made: Shop, probe: str) -> Iterator[Service]:
    """A peer as a child process, until it answers."""
    port = command[command.index("--port") + 1]
    log = made.config.store_path / f"peer-{port}.log"
    env = os.environ | {
        "HOLDFAST_CONFIG": str(made.config.file),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": f"{ROOT}:{HERE}",
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "MLFLOW_TRACKING_URI": f"sqlite:///{made.config.store_path / 'mlflow.db'}",
    }
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=made.config.store_path, stdout=out, stderr=out, env=env)
    service = Service(process, int(port), "none", log)
    try:
        end = time.monotonic() + 180
        while subprocess.run(["curl", "-sf", "-o", os.devnull, service.url + probe], check=False).returncode:
            if time.monotonic() > end or process.poll() is not None:
                raise SystemExit(f"{command[0]} did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.3)
        yield service
    finally:
        service.stop()


def _free() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def run(made: Shop, seconds: float) -> None:
    row = made.row()
    one, risk = json.dumps({"rows": [row]}).encode(), json.dumps({"rows": [row], "only": "churn_risk"}).encode()
    names, ids = list(row), b'{"user_ids": [1]}'
    split = json.dumps({"dataframe_split": {"columns": names, "data": [[row[name] for name in names]]}}).encode()
    bare = [str(BIN / "uvicorn"), "api_peer:app", "--app-dir", str(HERE), "--no-access-log", "--port", _free()]
    model = ["models", "serve", "-m", f"models:/{made.config.project.name}@champion", "--env-manager", "local"]
    alike = [str(BIN / "mlflow"), *model, "--workers", "1", "--port", _free()]
    with serving(made) as ours, other(bare, made, "/docs") as fastapi, other(alike, made, "/ping") as mlflow:
        every = Ask("predict_features, one user", ours, "/v1/predict_features", one)
        alone_risk = Ask("predict_features, one user, the risk alone", ours, "/v1/predict_features", risk)
        score = Ask("score, one id", ours, "/v1/score", ids)
        pairs = [
            (every, Ask("mlflow models serve, scores without reasons", mlflow, "/invocations", split), 12.0),
            (every, Ask("bare FastAPI, nine boosters and contributions", fastapi, "/answers", one), 0.8),
            (alone_risk, Ask("bare FastAPI, one booster", fastapi, "/risk", one), 0.8),
            (score, Ask("bare FastAPI, the same snapshot", fastapi, "/score", ids), 0.8),
        ]
        capacities = {}
        for ask, peer, wanted in pairs:
            capacities[ask.name], capacities[peer.name], ratio = beside(ask, peer, seconds)
            told(f"{ask.name}: {ratio:.2f} × {peer.name} (at least {wanted:g})", ratio >= wanted)
        say(f"  {pauses(3)}")
        for ask, peer, _ in pairs[1:]:
            worst, ratio = tails(ask, peer, min(capacities[ask.name], capacities[peer.name]) / 2, seconds)
            told(
                f"{ask.name}: p99 {worst:.1f} ms, {ratio:.2f} × {peer.name} at the same load (at most 1.5)",
                ratio <= 1.5,
            )
        body = json.dumps({"users": [raw_user()], "as_of": "2025-12-31"}).encode()
        raw = Ask("predict, 100 rows", ours, "/v1/predict", body)
        times, plain = alone(raw, seconds), by_hand(raw_user(), seconds / 2)
        ratio = median(times) / plain
        text = f"median {median(times):.1f} ms, p99 {p99_of(times):.1f} ms of {len(times)}"
        held = f"{ratio:.2f} × a plain query of 200 aggregates, {plain:.1f} ms (at most 2.5)"
        told(f"{raw.name}, one connection: {text}; {held}", ratio <= 2.5)


@contextmanager
def serving(made: Shop) -> Iterator[Service]:
    say("starting")
    service = serve(made.config)
    try:
        yield service
    finally:
        service.stop()


def alone(ask: Ask, seconds: float) -> list[float]:
    """Milliseconds of requests on one connection, one after the other."""

    async def asked() -> list[float]:
        caller, times = Caller(ask.service), []
        for _ in range(SETTLED):
            await caller.ask("POST", ask.path, ask.body)
        end = time.perf_counter() + max(seconds, 5)
        while time.perf_counter() < end or len(times) < 100:
            answer = await caller.ask("POST", ask.path, ask.body)
            assert answer.status == 200 and b'"eligible":true' in answer.body, answer.body
            times.append(1000 * answer.seconds)
        return times

    return asyncio.run(asked())


def raw_user() -> dict[str, Any]:
    """A user with 39 orders, 60 events and a profile."""
    begin = datetime(2025, 1, 1)
    at = [(begin + timedelta(days=9.13 * k)).isoformat() for k in range(39)]
    when = [(begin + timedelta(days=5.97 * k)).isoformat() for k in range(60)]
    kinds = ("view", "cart", "buy")
    return {
        "user_id": 1,
        "orders": [{"time": t, "amount": 9.5 + k, "order_id": f"o{k}", "items": 2} for k, t in enumerate(at)],
        "events": [
            {"time": t, "event": kinds[k % 3], "session_id": f"s{k // 4}", "item": f"i{k % 7}"}
            for k, t in enumerate(when)
        ],
        "users": [{"signup_time": at[0], "plan": "plus", "channel": "web"}],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="for each figure")
    parser.add_argument("--users", type=int, default=2000, help="of the simulated base")
    parser.add_argument("--schemathesis", type=int, default=0, metavar="N", help="questions to every operation")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; install Debian's package wrk")
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        run(shop(Path(folder), asked.users), asked.seconds)
    if asked.schemathesis:
        command = [sys.executable, "-m", "pytest", "-q", "tests/serving/api/test_described.py"]
        say(f"schemathesis, {asked.schemathesis} questions to every operation")
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"HOLDFAST_EXAMPLES": str(asked.schemathesis)}, check=False
        )
        told("no 5xx, and no answer that is not described", done.returncode == 0)
    sys.exit(1 if SHORT else 0)


if __name__ == "__main__":
    main()
