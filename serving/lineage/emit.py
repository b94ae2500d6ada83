"""Tells of a run as it begins and as it ends. That this fails is logged, and never fails the run."""

import json
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from features.config import Config
from features.user_base import UserBase
from serving.lineage.events import COMPLETE, FAIL, START, Made, Run, event

SECONDS = 5.0  # for an answer, once: a catalogue that is down must not hold up the night's run
ENDPOINT = "/api/v1/lineage"  # below an address that names no path
_log = logging.getLogger(__name__)
_within: ContextVar[Run | None] = ContextVar("within", default=None)


@dataclass
class Telling:
    """What a run puts in while it goes on. failed: what failed, where the run itself goes to its end."""

    made: list[Made] = field(default_factory=list)
    failed: str = ""

    def add(self, kind: str, version: str, rows: int | None = None) -> None:
        """Something was made."""
        self.made.append(Made(kind, version, rows))


@contextmanager
def lineage(base: UserBase, job: str) -> Iterator[Telling]:
    """Tell that a job runs on the base, and at its end what it made, or that it failed; where ``openlineage.url`` or
    OPENLINEAGE_URL says so. What it made, and that it failed without raising, is put into what is given. A run inside
    another tells which."""
    url = address(base.config)
    telling = Telling()
    if not url:
        yield telling
        return
    outer = _within.get()
    run = Run(str(uuid.uuid4()), job, (outer.id, outer.job) if outer else None)
    token = _within.set(run)
    _tell(url, base, run, START)
    try:
        yield telling
    except BaseException as error:
        _tell(url, base, run, FAIL, telling.made, type(error).__name__)  # its text may quote a value of the tables
        raise
    else:
        _tell(url, base, run, FAIL if telling.failed else COMPLETE, telling.made, telling.failed)
    finally:
        _within.reset(token)


def address(config: Config) -> str:
    """Where events go: an address, or a file's path; empty for nowhere."""
    given = config.openlineage.url
    if given:
        return config.resolve(given, "openlineage.url")
    return os.environ.get("OPENLINEAGE_URL", "")


def _tell(url: str, base: UserBase, run: Run, kind: str, made: list[Made] | None = None, error: str = "") -> None:
    try:
        told = event(base, run, kind, datetime.now(UTC).replace(tzinfo=None), made or [], error)
        if url.startswith(("http://", "https://")):
            _post(url, told)
        else:
            file = Path(url.removeprefix("file://"))
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(told) + "\n")
    except Exception as wrong:  # whatever it is, the run is what counts
        _log.warning("openlineage: the event %s of %s was not told: %s", kind, run.job, type(wrong).__name__)


def _post(url: str, told: dict[str, Any]) -> None:
    parts = httpx.URL(url)
    where = parts.copy_with(path=ENDPOINT) if parts.path in ("", "/") else parts
    key = os.environ.get("OPENLINEAGE_API_KEY")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    httpx.post(where, json=told, headers=headers, timeout=SECONDS).raise_for_status()
