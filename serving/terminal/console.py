"""Lines of any length in the terminal, and a progress bar for work of more than two seconds."""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from features.progress import Progress

PATIENCE = 2.0
MINUTE = 60.0
LONG = 600  # seconds over which speed is measured: a step, such as a bucket of users, may take a minute


class Speed(ProgressColumn):
    """Steps per second, once two of them are done."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress report for long work, after the first two seconds: a bar, or a line a minute where stderr is not a
    terminal, as in the log of a scheduled job."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Speed())
    left = TimeRemainingColumn(elapsed_when_finished=True)
    bars = Bars(*columns, left, console=Console(stderr=True), transient=True, speed_estimate_period=LONG)
    tasks, began = {}, time.monotonic()

    def step(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)
        if not bars.live.is_started and time.monotonic() - began > PATIENCE:
            bars.start()

    try:
        yield step
    finally:
        bars.stop()


def _lines() -> Progress:
    said, begun = time.monotonic(), dict[str, tuple[float, int]]()

    def step(what: str, done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        since, first = begun.setdefault(what, (now, done))
        if now - said < MINUTE:
            return
        said = now
        speed = (done - first) / max(now - since, 1e-9)
        fast = f"{speed:,.0f} a second" if speed >= 1 else f"{60 * speed:.1f} a minute"
        left = f", {fast}, {math.ceil((total - done) / speed / 60):,} min left" if speed else ""
        print(f"holdfast: {what}: {done:,} of {total:,}{left}", file=sys.stderr, flush=True)

    return step


def console() -> Console:
    """Standard output; wide enough for whole tables where it is no terminal.

    User ids, paths and names may hold brackets and colons, which Rich would read as colours and emoji.
    """
    width = None if sys.stdout.isatty() else 150
    return Console(width=width, markup=False, emoji=False, highlight=False)


def say(text: str) -> None:
    """A line on standard output, however long."""
    console().print(text, soft_wrap=True)


def in_language(language: str, en: str, zh: str) -> str:
    """A text in English, or in Chinese where that was asked for."""
    return zh if language == "zh" else en
