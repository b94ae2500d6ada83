"""Stops the work of a request when its time is over: long work registers here how to interrupt it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

T = TypeVar("T")


class OutOfTime(Exception):
    """The request's time was over before this piece of its work began."""


class Work:
    """What a request is doing now, in any thread."""

    def __init__(self) -> None:
        self.over = False
        self._lock, self._stops = Lock(), dict[object, Callable[[], object]]()

    @property
    def busy(self) -> bool:
        """Whether something that can be stopped is still running."""
        return bool(self._stops)

    def stop(self) -> None:
        """Interrupt what is running and let nothing new begin.

        Call it until ``busy`` is false: an interrupt that arrives just before a query begins is lost.
        """
        with self._lock:
            self.over = True
            stops = list(self._stops.values())
        for stop in stops:
            stop()

    @contextmanager
    def doing(self, stop: Callable[[], object]) -> Iterator[None]:
        """See ``stoppable``."""
        mark = object()
        with self._lock:
            if self.over:
                raise OutOfTime
            self._stops[mark] = stop
        try:
            yield
        finally:
            with self._lock:
                del self._stops[mark]


CURRENT: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def stoppable(stop: Callable[[], object]) -> Iterator[None]:
    """While inside, ``stop`` is called from another thread if the request's time is over: ``connection.interrupt``.

    Raises OutOfTime where it is over already. Outside of a request it does nothing.
    """
    work = CURRENT.get()
    if work is None:
        yield
        return
    with work.doing(stop):
        yield


async def in_thread(work: Callable[[], T], limiter: CapacityLimiter) -> T:
    """Do work in a thread beside the loop. A request whose time is over is answered at once; its place is free again
    when the work has really ended, so long work should be ``stoppable``."""

    def run() -> T:
        with stoppable(_nothing):
            return work()

    return await anyio.to_thread.run_sync(run, abandon_on_cancel=True, limiter=limiter)


def _nothing() -> None:
    """Work without a way to interrupt it."""
