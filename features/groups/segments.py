"""Who is in which segment and has which tag: the rules of the playbook on values by name."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from features.config.layer_rules import Layer
from features.config.operations.playbook import SEGMENT, Playbook
from features.config.rules import Comparison, Rule, Values

TAG, LAYER = "tag:", "layer:"


def segments(
    playbook: Playbook, layers: Sequence[Layer], values: Values, rows: int, wanted: Iterable[str] | None = None
) -> dict[str, np.ndarray]:
    """Which rows are in each segment, one array of booleans by name of segment.

    values: all of ``names_asked`` by name, as rules compare them: texts as objects with None, numbers and flags as
    floats with NaN, ``layer:NAME`` the English name of the group. wanted: the segments; default: all.
    """
    known, found = dict(values), dict[str, np.ndarray]()

    def members(name: str) -> np.ndarray:
        if name not in found:
            for asked in playbook.segments[name].names:
                if inner := _segment(playbook, asked):
                    known[asked] = members(inner).astype(float)
            found[name] = in_english(playbook.segments[name], layers).match(known, rows)
        return found[name]

    return {name: members(name) for name in (playbook.segments if wanted is None else wanted)}


def names_asked(playbook: Playbook, wanted: Iterable[str]) -> list[str]:
    """What the rules of segments look at, each once, segments and tags that they name resolved."""
    found, seen, waiting = dict[str, None](), set[str](), [*wanted]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            for asked in playbook.segments[name].names:
                if inner := _segment(playbook, asked):
                    waiting.append(inner)
                else:
                    found[asked] = None
    return list(found)


def of_tags(playbook: Playbook) -> dict[str, str]:
    """The segment of each tag, in the order of the tags."""
    return {tag: rule.all[0].name.removeprefix(SEGMENT) for tag, rule in playbook.tags.items()}


def tags(playbook: Playbook, members: Values, rows: int) -> pa.Array:
    """The tags of each row as a list of texts, in the order of the tags; an empty one for none. members: the booleans
    of ``segments``."""
    of = of_tags(playbook)
    has = np.column_stack([members[segment] for segment in of.values()]) if of else np.zeros((rows, 0), bool)
    names = pa.array(list(of), pa.string()).take(pa.array(np.nonzero(has)[1], pa.int64()))
    offsets = np.append(0, np.cumsum(has.sum(axis=1))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), names)


def in_english(rule: Rule, layers: Sequence[Layer]) -> Rule:
    """The rule with groups of layers by their English names, which the values have: rules may write either."""
    english = {LAYER + one.name: {group.zh: group.en for group in reversed(one.groups)} for one in layers}
    own = {LAYER + one.name: {group.en for group in one.groups} for one in layers}

    def spoken(one: Comparison) -> Comparison:
        if one.name not in english:
            return one
        said = [text if text in own[one.name] else english[one.name].get(str(text), text) for text in one.values]
        return Comparison(one.name, one.test, tuple(said) if isinstance(one.value, tuple) else said[0])

    return Rule(tuple(map(spoken, rule.all)), tuple(map(spoken, rule.any)))


def _segment(playbook: Playbook, asked: str) -> str | None:
    """The segment that a name in a rule stands for, if it does."""
    if asked.startswith(SEGMENT):
        return asked.removeprefix(SEGMENT)
    return of_tags(playbook)[asked.removeprefix(TAG)] if asked.startswith(TAG) else None
