"""The two ways a run can fail; both are reported in one line."""

import difflib
from collections.abc import Iterable

MOST, FEW = 40, 10  # names that one line lists


class BadInput(Exception):
    """The configuration or the data cannot be used: names file, key or column, value and cure. Exit code 2."""


class GateFailed(Exception):
    """The input was read, but it or the result did not pass a check. Exit code 1."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The cure for an unknown name: the nearest known one, or else the list, and of a long one how it begins.

    Returns text to put behind a semicolon, such as ``did you mean 'orders'?`` or ``there are: events, orders``.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    if len(names) > MOST:
        return f"there are {len(names)}: {', '.join(names[:FEW])} …"
    return "there are: " + ", ".join(names) if names else "there are none"
