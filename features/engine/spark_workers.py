"""Whether every executor of a Spark cluster sees the store, and has what scoring needs.

An executor to which the store's file system is not mounted writes its rows onto its own disk, and Spark takes that for
a success: fewer users, and no error. So each has to read a token, a small file with a random name in the store, before
any work begins; and those that join later before the work's result counts.
"""

import importlib.metadata
import importlib.util
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from features import whole_files
from features.engine.spark_session import application, connected
from features.errors import BadInput

ROUNDS = 12  # tries until every executor has answered
HOLD = 0.4  # seconds that an answer takes, so that no executor answers for the others
ANSWER = "host string, process long, read string, versions string"
PACKAGES = ("lightgbm", "numpy", "pyarrow", "woodelf-explainer")  # what scores go by, beside our own code
SLOTS = 16  # taken to be there where Spark does not tell
ROOMS = ("features", "training", "serving")

_seen: dict[tuple[str, str], set[str]] = {}  # by session and folder, the executors that have read a token


@dataclass(frozen=True)
class Answer:
    """What an executor said: its machine, the process that its Pythons come from, what it read of the token, or why it
    could not; and its versions by name."""

    host: str
    process: int
    read: str
    versions: dict[str, str]


def see(session: Any, folder: Path, alike: bool = False) -> None:
    """Have every executor that has not done so yet read a token in the folder.

    alike: they must have the same Holdfast and the same libraries, too. Raises BadInput, naming the machine, where one
    cannot read it or has others. Executors on this machine's own process (master local) are not asked.
    """
    there = executors(session)
    if there == set():
        return
    key = (application(session), f"{folder}{'+' if alike else ''}")
    if (there is not None and there <= _seen.get(key, set())) or (there is None and key in _seen):
        return
    token = folder / f".token-{secrets.token_hex(8)}"
    words = secrets.token_hex(8)
    whole_files.write_text(token, words)
    try:
        answers, there = ask(session, token)
    finally:
        token.unlink(missing_ok=True)
    for one in answers:
        if one.read != words:
            raise BadInput(
                f"engine.master: the worker on {one.host} does not see the store {folder} ({one.read}): mount it there "
                "at the same path, or take that machine out of the cluster"
            )
        if alike and one.versions != (ours := versions()):
            name = next(name for name in ours if one.versions.get(name) != ours[name])
            raise BadInput(
                f"engine.master: the worker on {one.host} has {name} {one.versions.get(name) or 'not at all'} and this "
                f"machine {ours[name]}: install the same there, or ship this environment with spark.archives"
            )
    _seen[key] = there or set()


def ask(session: Any, token: Path) -> tuple[list[Answer], set[str] | None]:
    """An answer of each executor, and the executors that there are; several rounds, where some did not get a word in.

    Raises BadInput where one never answers.
    """
    heard: dict[tuple[str, int], Answer] = {}
    there = executors(session)
    for _ in range(ROUNDS):
        tasks = 2 * max(slots(session), len(there or ()))
        for row in session.range(0, tasks, 1, tasks).mapInArrow(_answering(str(token)), ANSWER).collect():
            heard[row["host"], row["process"]] = Answer(
                row["host"], row["process"], row["read"], json.loads(row["versions"])
            )
        there = executors(session)
        if there is None or len(heard) >= len(there):
            return list(heard.values()), there
    raise BadInput(
        f"engine.master: {len(there or ())} executors are there and {len(heard)} answered; are others busy with "
        "another job? start them anew"
    )


def executors(session: Any) -> set[str] | None:
    """The executors beside this process, as host:port; None where Spark does not tell (Spark Connect)."""
    if connected(session):
        return None
    context = session.sparkContext
    if context.master.startswith("local"):
        return set()
    java = context._jsc.sc()
    driver = java.env().blockManager().blockManagerId()
    there = {f"{one.host()}:{one.port()}" for one in java.statusTracker().getExecutorInfos()}
    return there - {f"{driver.host()}:{driver.port()}"} or {"none yet"}


def slots(session: Any) -> int:
    """Tasks that run at once, as far as Spark tells."""
    return SLOTS if connected(session) else session.sparkContext.defaultParallelism


def versions() -> dict[str, str]:
    """What an executor must have the same of, by name."""
    found = {"Holdfast": _code()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _code() -> str:
    """A hash of our sources, wherever they are installed; empty where they are not."""
    digest = sha256()
    for room in ROOMS:
        spec = importlib.util.find_spec(room)
        for place in spec.submodule_search_locations or () if spec else ():
            for file in sorted(Path(place).rglob("*.py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def _answering(token: str) -> Any:
    """What an executor does, as a function that it needs nothing of ours for."""
    hold = HOLD

    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        import json
        import socket
        import time

        import pyarrow as pa

        for _ in batches:
            try:
                with open(token, encoding="ascii") as file:  # noqa: PTH123
                    read = file.read()
            except OSError as error:
                read = error.strerror or type(error).__name__
            try:
                from features.engine.spark_workers import versions

                own = versions()
            except ImportError:
                own = {}
            time.sleep(hold)
            rows = {"host": socket.gethostname(), "process": os.getppid(), "read": read, "versions": json.dumps(own)}
            yield pa.RecordBatch.from_pylist([rows])

    return answer
