"""What a phrase is: how a feature is said to people, in English and Chinese.

{v} is the value in its unit, {n} the bare number, {times} the same of a ratio, {pct} as a percentage, {signed} with its
sign, {month} times 30, {root} its square root in days. {span}, {twice}, {quad} are the window or half-life and its
multiples; {event}, {events} and {kind} the events counted. What counts as activity has {none}, {one}, {count}, {all},
and in Chinese {do}, {undone}. [order|orders] is singular or plural, and <…> is left out where {gap}, {silence} or
{before} are not known: the user's usual gap, this silence, and what a count was in the window before.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Lang = Literal["en", "zh"]


class Both(NamedTuple):
    """One text in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Phrase:
    """How a value is said; ``zero`` where it is 0, ``low`` where it lowers the risk, if that is said differently."""

    any: Both
    zero: Both | None = None
    low: Both | None = None


BEFORE = Both("<, {before} in the {span} before>", "<，之前的 {span}为 {before}>")


def since(what: str, zh: str, done: str, zh_done: str) -> Phrase:
    """How long ago something was last: a lack where it raises the risk."""
    return Phrase(Both(f"{what} for {{v}}", f"已 {{v}}{zh}"), low=Both(f"{done} {{v}} ago", f"{{v}}前{zh_done}"))


def count(what: str, zh: str, none: str, zh_none: str) -> Phrase:
    """What happened in a window, and in the one before."""
    return Phrase(
        Both(f"{{n}} {what} in the last {{span}}{BEFORE.en}", f"最近 {{span}}内{zh}{BEFORE.zh}"),
        zero=Both(f"No {none} in the last {{span}}{BEFORE.en}", f"最近 {{span}}内{zh_none}{BEFORE.zh}"),
    )


def say(en: str, zh: str, zero: Both | None = None) -> Phrase:
    """The same words for every value, but maybe for 0."""
    return Phrase(Both(en, zh), zero=zero)
