"""How long work reports its progress."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # what is being done, how many parts are done, of how many


def silent(what: str, done: int, total: int) -> None:
    """A progress report that goes nowhere."""
