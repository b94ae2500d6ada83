"""Jobs: verbs started beside the service, each with a record, a log and how it ended in ``store/jobs``.

A job is named by what it does, so that the same, started twice at once, runs once. It runs while its lock is held: the
lock goes to the child open, and the operating system takes it back however the child ends.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from features import whole_files
from features.config import Config
from features.errors import BadInput

FOLDER = "jobs"
MOST = 3  # at once: each may take as much memory as [engine] allows
ROOT = Path(__file__).parents[2]  # where the program's own packages lie
State = Literal["running", "done", "failed", "lost"]


@dataclass(frozen=True)
class Job:
    """A job. kind: the verb. about: what it is for, such as the run. at: when it began; ended: null while it runs, and
    where it was lost, which is when its process went without a word. said: the line of an error. run: that it made."""

    name: str
    kind: str
    by: str
    about: Mapping[str, Any]
    at: datetime
    state: State
    ended: datetime | None = None
    said: str = ""
    run: str | None = None


class TooMany(BadInput):
    """As many jobs run as may at once."""


def start(config: Config, kind: str, arguments: Sequence[str], by: str, about: Mapping[str, Any] | None = None) -> str:
    """Start a verb with its arguments, and return the job's name; where it runs already, nothing is started.

    ``{report}`` in an argument stands for a file that the job reads the run's name from. Raises TooMany, and BadInput
    where the store cannot be written.
    """
    folder = config.store_path / FOLDER
    digest = hashlib.sha256(json.dumps([str(config.file), kind, *arguments]).encode()).hexdigest()[:12]
    name = f"{kind}-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = _taken(folder / f"{name}.lock")
        if held is None:
            return name
        try:
            if sum(one.state == "running" and one.name != name for one in jobs(config.store_path)) >= MOST:
                raise TooMany(f"{MOST} jobs are running; wait until one has ended")
            (folder / f"{name}.done.json").unlink(missing_ok=True)
            told = {"kind": kind, "by": by, "at": _now(), "about": dict(about or {}), "arguments": list(arguments)}
            whole_files.write_sealed(folder / f"{name}.json", told)
            filled = [one.replace("{report}", str(folder / f"{name}.report.json")) for one in arguments]
            _begin(config, folder, name, filled, held)
        finally:
            os.close(held)
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror or error}; check its rights and the space on the disk") from None
    return name


def jobs(store: Path, kind: str | None = None) -> list[Job]:
    """The jobs there were, of a kind or all, the newest first; a record that is damaged is passed over."""
    found = []
    for file in (store / FOLDER).glob(f"{kind or '*'}-*.json"):
        if not file.name.endswith((".done.json", ".report.json")):
            with suppress(BadInput, OSError):
                found.append(_job(file))
    return sorted(found, key=lambda one: (one.at, one.name), reverse=True)


def _job(file: Path) -> Job:
    told, name = whole_files.read_sealed(file), file.stem
    running = _held(file.with_suffix(".lock"))  # before the end is looked for: it is written while the lock is held
    done = file.with_name(f"{name}.done.json")
    end = whole_files.read_sealed(done) if done.exists() else None
    state: State = "running" if running else "lost" if end is None else "failed" if end["code"] else "done"
    ended = datetime.fromisoformat(end["at"]) if end and not running else None
    more = {"said": end["said"], "run": end["run"]} if end and not running else {}
    at = datetime.fromisoformat(told["at"])
    return Job(name, told["kind"], told["by"], told["about"], at, state, ended, **more)


def _begin(config: Config, folder: Path, name: str, arguments: Sequence[str], held: int) -> None:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with (folder / f"{name}.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "serving.jobs.child", str(folder), name, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=config.file.parent,
            env={**os.environ, "PYTHONPATH": path},
            pass_fds=(held,),
            start_new_session=True,  # Ctrl-C of the service is not the job's
        )
    Thread(target=child.wait, daemon=True).start()  # so that it is no zombie when it ends


def _taken(lock: Path) -> int | None:
    """The lock, open; None where a job holds it. Who only looks whether it is held holds it for an instant."""
    handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o666)  # less what the store's mode takes away
    for last in (False, False, False, False, True):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if not last:
                time.sleep(0.02)
    os.close(handle)
    return None


def _held(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
