"""The ways in which a table may write its times: patterns of strptime, and numbers that count from a fixed day."""

import re

NUMBERS = {"epoch_s": "seconds", "epoch_ms": "milliseconds", "epoch_us": "microseconds", "excel": "days since 1899"}
# What DuckDB and Python read alike. %Z is left out: a zone's short name means several zones.
DIRECTIVES = "YymdbBjHIMSfpaAz"
DIRECTIVE = re.compile(r"%(.)")


def check_time_format(text: str) -> str:
    """The format as it came; raises ValueError, with the cure, where no whole day can be read by it."""
    if text in NUMBERS:
        return text
    named = DIRECTIVE.findall(text)
    if "%" not in text or text.count("%") != len(named) + named.count("%"):
        raise ValueError(f"'{text}' is no time format; write a pattern such as '%d/%m/%Y %H:%M' or {_listed()}")
    if unknown := [one for one in named if one not in DIRECTIVES + "%"]:
        raise ValueError(f"'{text}': %{unknown[0]} is none of {', '.join('%' + one for one in DIRECTIVES)}; change it")
    if not set(named) & set("Yy"):
        raise ValueError(f"'{text}' names no year; add %Y")
    if not (("j" in named) or (set(named) & set("mbB") and "d" in named)):
        raise ValueError(f"'{text}' names no day of the year; add %m and %d")
    if ("I" in named) != ("p" in named):
        raise ValueError(f"'{text}': %I and %p (AM or PM) go together; write %H for hours from 0 to 23")
    return text


def as_list(given: str | list[str] | None) -> list[str]:
    """A setting that may be one text or several, as a list."""
    return [given] if isinstance(given, str) else list(given or [])


def _listed() -> str:
    return ", ".join(NUMBERS)
