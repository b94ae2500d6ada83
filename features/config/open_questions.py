"""Questions that `holdfast init` left in holdfast.toml, where neither names nor values could tell: a text that begins
with "?". They are refused until the answer stands in their place."""

from collections.abc import Iterator
from typing import Any

MARK = "?"


def open_questions(data: Any) -> list[tuple[str, str]]:
    """Key and question of every text in [tables.…] that is one, in the order they stand."""
    tables = data.get("tables") if isinstance(data, dict) else None
    return list(_within(tables, "tables")) if isinstance(tables, dict) else []


def refusal(data: Any) -> str:
    """The line that names the first question and what to do about it; empty where none is open."""
    found = open_questions(data)
    if not found:
        return ""
    key, text = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    question = " ".join(text.removeprefix(MARK).split()) or "which column or value is meant?"
    return f"{key}: open question: {question}; write the answer in its place{more}"


def _within(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value.startswith(MARK):
        yield key, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _within(one, f"{key}.{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _within(one, f"{key}[{place}]")
