"""How long-running work reports its progress."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # what is being done, parts done, parts in all


def silent(what: str, done: int, total: int) -> None:
    """A progress report that goes nowhere."""
