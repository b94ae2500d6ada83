"""Who may ask and what a request may cost: by the configuration, whose keys hold as soon as its file changes."""

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from features.config import Api, ApiKey, Oidc
from features.errors import BadInput
from serving.api.guard import logs
from serving.api.guard.keys import keys

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
LOOK = 5.0  # seconds between two looks at whether the file has changed


@dataclass(frozen=True)
class Rules:
    """What is allowed: keys (None: nobody is asked for one), Host headers (None: any), requests at once, seconds for
    one, bytes of a body, and who vouches for people beside their keys (None: nobody)."""

    keys: tuple[ApiKey, ...] | None
    hosts: tuple[str, ...] | None
    waiting: int
    seconds: float
    body: int
    oidc: Oidc | None = None


def rules(api: Api) -> Rules:
    """The rules of a configuration. Without keys only Host headers of the loopback are answered, or a page in a
    browser could ask by giving its own name this machine's address. Raises BadInput where HOLDFAST_API_KEYS is no list
    of keys."""
    known = keys(api) or None
    # The loopback's names go beside those named: a health check of the machine itself asks by them.
    hosts = (*api.hosts, *LOOPBACK) if api.hosts is not None else None if known else LOOPBACK
    return Rules(known, hosts, api.waiting, api.seconds, int(api.body_mb * 1e6), api.oidc)


class Watched:
    """The rules of a file: ``()`` gives those of now. A key that was taken out of it, or put in, is so within LOOK
    seconds; what else changes waits for a restart. Where it cannot be read the keys before go on, and the log says so.
    """

    def __init__(self, api: Api, file: Path | None, clock: Callable[[], float] = time.monotonic):
        self._file, self._clock = file, clock
        self._seen: tuple[int, ...] | None = None  # not that of now: it may have changed since ``api`` was read
        self._rules, self._next = rules(api), clock()

    def __call__(self) -> Rules:
        if self._file is not None and self._clock() >= self._next:
            self._next = self._clock() + LOOK
            if (mark := _mark(self._file)) != self._seen:
                self._seen = mark
                self._read(self._file)
        return self._rules

    def _read(self, file: Path) -> None:
        try:
            now = rules(Api.model_validate(tomllib.loads(file.read_text(encoding="utf-8-sig")).get("api", {})))
        except (OSError, ValueError, BadInput) as error:
            why = type(error).__name__  # its words might quote what stands there
            logs.event("the keys cannot be read again, those before go on", level=40, file=file.name, why=why)
            return
        # Where the last key was taken out nobody has one: that lets nobody in, not everybody.
        known = now.keys if self._rules.keys is None else now.keys or ()
        if known != self._rules.keys:
            self._rules = replace(self._rules, keys=known)
            logs.event("the keys have changed", keys=len(known or ()))


def _mark(file: Path | None) -> tuple[int, ...] | None:
    """What changes with the file, wherever links lead; None where there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
