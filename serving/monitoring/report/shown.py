"""A table of text as the terminal and the page show it, and numbers in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

NONE = "–"


@dataclass(frozen=True)
class Shown:
    """A table: what it is called, a sentence on how to read it, headings, and rows of text, the first cell a name."""

    title: str
    lead: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def in_(language: str) -> Callable[[str, str], str]:
    """A choice between English and Chinese."""
    return lambda en, zh: zh if language == "zh" else en


def number(x: float | None, form: str) -> str:
    """A number in a form, or a dash."""
    return NONE if x is None else form.format(x)


def with_range(x: float | None, ends: Sequence[float | None] | None) -> str:
    """A figure and its interval, where there is one."""
    if x is None or ends is None or None in ends:
        return number(x, "{:.3f}")
    return f"{x:.3f} ({ends[0]:.3f} … {ends[1]:.3f})"
