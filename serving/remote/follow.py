"""Keeps the store of a service that runs for long and its remote the same: what other machines commit comes here within
seconds, and what is decided on the pages goes there."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.config import Config
from features.errors import BadInput
from features.places.conditional import Place, Version
from serving.remote import base as bases
from serving.remote.head import HEAD
from serving.remote.shared import HOME
from serving.remote.sync import push

REST = 30.0  # seconds after which the store is looked through for what changed here, though nothing changed there


@dataclass
class Follower:
    """One look costs one conditional request while nothing changed; the store is looked through every ``rest``."""

    config: Config
    rest: float = REST
    clock: Callable[[], float] = time.monotonic
    _done: float = float("-inf")
    _client: Place | None = None
    _known: tuple[tuple[int, int], Version | None] | None = None

    def look(self) -> bool:
        """Whether the store was brought to the remote's state, or it to the store's. Raises BadInput."""
        uri, store = self.config.store_remote, self.config.store_path
        if uri is None:
            return False
        if self.clock() < self._done + self.rest and self._place(uri).get(HEAD, self._version(store, uri)) is None:
            return False
        push(store, uri)
        self._done = self.clock()
        return True

    def _place(self, uri: str) -> Place:
        if self._client is None:
            self._client = Place(uri)
        return self._client

    def _version(self, store: Path, uri: str) -> Version | None:
        """The head of last time; of a large store that is a large file, so it is read when it changed."""
        try:
            stat = os.stat(store / HOME / bases.FILE)  # noqa: PTH116
        except FileNotFoundError:
            return None
        stamp = stat.st_mtime_ns, stat.st_ino
        if self._known is None or self._known[0] != stamp:
            self._known = stamp, bases.read(store, uri).version
        return self._known[1]


def follow(config: Config, every: float, tell: Callable[[str], None]) -> None:
    """Look for ever. tell: gets what went wrong after each look, '' where nothing did."""
    follower = Follower(config)
    while True:
        trouble = ""
        try:
            follower.look()
        except BadInput as error:
            trouble = str(error)
        except Exception as error:
            trouble = type(error).__name__
        tell(trouble)
        time.sleep(every)
