"""Writes one thing while the next is worked out."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def write_behind() -> Iterator[Callable[..., None]]:
    """Yields ``write(work, *given, **named)``: it waits for the work before to end, then has this done in a thread.

    So no more than two are in memory. What work raises is raised by the next call, or at the end.
    """
    before: list[Future[Any]] = []
    with ThreadPoolExecutor(1) as thread:

        def write(work: Callable[..., Any], *given: Any, **named: Any) -> None:
            while before:
                before.pop().result()
            before.append(thread.submit(work, *given, **named))

        yield write
        while before:
            before.pop().result()
