"""One job at a time for one run: a lock that the operating system takes back when its holder is killed."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_log = logging.getLogger(__name__)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold the lock of the file; where another process has it, log that and wait until it is free.

    The file is empty, and is removed afterwards; one that a killed process left does no harm.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    held = _take(file, wait=False)
    if held is None:
        _log.warning("%s: another job is at this run; waiting until it has finished", file.stem)
        held = _take(file, wait=True)
    try:
        yield
    finally:
        _give_back(file, held)


@contextmanager
def alone_if_free(file: Path) -> Iterator[bool]:
    """The same without waiting: whether the lock could be had."""
    held = _take(file, wait=False) if file.parent.exists() else None
    try:
        yield held is not None
    finally:
        if held is not None:
            _give_back(file, held)


def _take(file: Path, wait: bool) -> int | None:
    while True:
        held = os.open(file, os.O_CREAT | os.O_RDWR, 0o666)  # less what the store's mode takes away
        try:
            fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return None
        except BaseException:
            os.close(held)
            raise
        with suppress(FileNotFoundError):  # who held it before may have taken the file away: then it locks nobody out
            if os.stat(file).st_ino == os.fstat(held).st_ino:  # noqa: PTH116
                return held
        os.close(held)


def _give_back(file: Path, held: int | None) -> None:
    file.unlink(missing_ok=True)
    if held is not None:
        os.close(held)
