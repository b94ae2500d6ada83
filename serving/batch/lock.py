"""One job at a time for one run: a lock that the operating system takes back when its holder is killed."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STORE = "store.lock"  # of a whole store: jobs share it, who erases has it alone
_log = logging.getLogger(__name__)
_owned: set[Path] = set()  # by this process


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold the lock of the file, which lies in a store's ``work``, and use the store; where another process has it, log
    that and wait until it is free.

    The file is empty, and is removed afterwards; one that a killed process left does no harm.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with using(file.parent.parent):
        held = _take(file, wait=False)
        if held is None:
            _log.warning("%s: another job is at this run; waiting until it has finished", file.stem)
            held = _take(file, wait=True)
        try:
            yield
        finally:
            _give_back(file, held)


@contextmanager
def using(store: Path) -> Iterator[None]:
    """Use a store together with others, while nobody is erased from it; where somebody is, wait until that is done."""
    with _whole(store, fcntl.LOCK_SH, "somebody is being erased from this store"):
        yield


@contextmanager
def owning(store: Path) -> Iterator[None]:
    """Have a store for oneself: jobs that use it are waited for, and none begins meanwhile, in whatever process."""
    with _whole(store, fcntl.LOCK_EX, "jobs use this store"):
        _owned.add(store)
        try:
            yield
        finally:
            _owned.discard(store)


@contextmanager
def _whole(store: Path, how: int, why: str) -> Iterator[None]:
    if store in _owned:
        yield
        return
    held = os.open(store / STORE, os.O_CREAT | os.O_RDWR, 0o666)  # stays: who waits for it has it open
    try:
        try:
            fcntl.flock(held, how | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("%s: %s; waiting until that is done", store, why)
            fcntl.flock(held, how)
        yield
    finally:
        os.close(held)


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
