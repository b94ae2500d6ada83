"""Writes a table's section: every value so that it is read as it is, with examples and questions beside it."""

import json
from collections.abc import Sequence

from features.catalogue.input_tables import CONTRACTS
from features.first_config.guess import Guess
from features.first_config.sample import Sample
from features.notations.time_notations import examples

SHOWN = ("time", "money", "number", "integer")  # never ids, texts or birthdays: they may be of people


def section(found: Guess, sample: Sample, paths: Sequence[str]) -> str:
    """The section [tables.<name>] of a guess, ending in a line feed."""
    lines = [f"\n[tables.{found.table}]"]
    lines += [f"# {_comment(note)}" for note in found.notes]
    lines.append(f"path = {toml(paths[0] if len(paths) == 1 else list(paths))}")
    for key, value in found.settings.items():
        lines.append(f"{key} = {toml(value)}{ASK if str(value).startswith('?') else ''}")
    lines.append(f"\n[tables.{found.table}.columns]   # ours = yours")
    contract = CONTRACTS[found.table]
    for ours, theirs in found.columns.items():
        text = f"{ours} = {toml(theirs)}"
        if theirs.startswith("?"):
            text += ASK
        elif contract.column(ours).kind in SHOWN and (shown := _examples(found, sample, theirs)):
            text += f"   # such as {shown}"
        lines.append(text)
    return "\n".join(lines) + "\n"


ASK = "   # write the answer in place of the question"


def toml(value: str | Sequence[str]) -> str:
    """A text, or a list of texts, as TOML: as it is between single quotes where that is easier to read."""
    if not isinstance(value, str):
        return f"[{', '.join(map(toml, value))}]"
    if ('"' in value or "\\" in value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    # A quoted text of JSON is one of TOML, too, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _examples(found: Guess, sample: Sample, theirs: str) -> str:
    names = [theirs] if theirs in sample.names else [name for name in found.operands if name in theirs]
    shown = [_comment(examples(list(dict.fromkeys(sample.filled(name))))) for name in names]
    return " × ".join(one for one in shown if one) if theirs not in sample.names else shown[0]


def _comment(text: str) -> str:
    """A text that can stand in a comment."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
