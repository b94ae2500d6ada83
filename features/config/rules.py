"""Plain comparisons on features, as a person writes them in holdfast.toml; of ordered rules the first match wins."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.catalogue.feature import parse as parse_feature
from features.errors import BadInput, did_you_mean

COMPARISON = re.compile(r"^\s*([^\s<>=!]+)\s*(>=|<=|==|!=|>|<|(?<=\s)in(?=[\s(]))\s*(.+?)\s*$")
LIST = re.compile(r"""^\(\s*((?:'[^']*'|"[^"]*"|[^\s,()'"]+)(?:\s*,\s*(?:'[^']*'|"[^"]*"|[^\s,()'"]+))*)\s*,?\s*\)$""")
ITEM = re.compile(r"""'[^']*'|"[^"]*"|[^\s,()'"]+""")
TESTS: Mapping[str, Callable] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
    "==": np.equal,
    "!=": np.not_equal,
}
Values = Mapping[str, np.ndarray]


Constant = float | str | bool


@dataclass(frozen=True)
class Comparison:
    """``name`` against a constant, or with ``in`` against several. A missing value matches nothing, not even ``!=``."""

    name: str
    test: str
    value: Constant | tuple[Constant, ...]

    @property
    def values(self) -> tuple[Constant, ...]:
        """The constants: one, or those of ``in``."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def match(self, values: Values) -> np.ndarray:
        """Which rows match: one boolean per row. Text columns are arrays of objects, None = missing."""
        column = values[self.name]
        if isinstance(self.value, tuple):
            each = [Comparison(self.name, "==", one).match(values) for one in self.value]
            return np.logical_or.reduce(each)
        if column.dtype == object:
            there = np.array([item is not None for item in column], dtype=bool)
            return there & TESTS[self.test](column, self.value)
        return ~np.isnan(column) & TESTS[self.test](column, float(self.value))

    def __str__(self) -> str:
        shown = ", ".join(f"'{one}'" if isinstance(one, str) else f"{one:g}" for one in self.values)
        return f"{self.name} {self.test} " + (f"({shown})" if isinstance(self.value, tuple) else shown)


@dataclass(frozen=True)
class Rule:
    """Matches where every comparison of ``all`` does and, if given, one of ``any``. Without either it matches all."""

    all: tuple[Comparison, ...] = ()
    any: tuple[Comparison, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the rule looks at, each once."""
        return tuple(dict.fromkeys(comparison.name for comparison in (*self.all, *self.any)))

    def match(self, values: Values, rows: int) -> np.ndarray:
        """Which of the rows match."""
        found = np.ones(rows, bool)
        for comparison in self.all:
            found &= comparison.match(values)
        if self.any:
            found &= np.logical_or.reduce([comparison.match(values) for comparison in self.any])
        return found


def parse(text: str, where: str, kind_of: Callable[[str], str]) -> Comparison:
    """A comparison from text such as ``active_days_7d >= 5`` or ``plan == 'plus'``.

    where: file and key, for messages. kind_of: 'number', 'text' or 'flag' of a name, or BadInput for an unknown one.
    """
    match = COMPARISON.match(text)
    if not match:
        raise BadInput(
            f"{where}: '{text}' is no comparison; write one like 'active_days_7d >= 5' or \"plan == 'plus'\""
        )
    name, test, written = match.groups()
    try:
        kind = kind_of(name)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None
    wanted = {"number": float, "flag": bool, "text": str}[kind]
    if test == "in":
        if not LIST.match(written):
            raise BadInput(f"{where}: {written} is no list; write {name} in ('one', 'other')")
        items = [_constant(one) for one in ITEM.findall(written)]
        if wrong := [one for one, item in zip(ITEM.findall(written), items, strict=True) if type(item) is not wanted]:
            raise BadInput(f"{where}: '{name}' is a {kind} and {wrong[0]} is not; mend the list")
        return Comparison(name, test, tuple(dict.fromkeys(item for item in items if item is not None)))
    value = _constant(written)
    if value is None or type(value) is not wanted:
        example = {"number": f"{name} {test} 5", "flag": f"{name} == true", "text": f"{name} == 'plus'"}[kind]
        raise BadInput(f"{where}: '{name}' is a {kind} and {written} is not; write {example}")
    if kind != "number" and test not in ("==", "!="):
        raise BadInput(f"{where}: '{name}' is a {kind} and cannot be {test}; use == or !=")
    return Comparison(name, test, value)


def first_match(rules: Sequence[Rule], values: Values, rows: int) -> np.ndarray:
    """The index of the first rule that each row matches, -1 where none does."""
    answer = np.full(rows, -1, np.int64)
    for index, rule in enumerate(rules):
        answer[(answer == -1) & rule.match(values, rows)] = index
    return answer


def unreachable(rules: Sequence[Rule]) -> list[tuple[int, str]]:
    """The rules that no row can reach as the first match, each with the reason.

    Found: a rule that contradicts itself, and one that an earlier rule without ``any`` covers. What depends on several
    features at once is not looked into.
    """
    found = []
    for index, rule in enumerate(rules):
        if contradiction := _contradiction(rule.all):
            found.append((index, f"'{contradiction}' contradicts what stands beside it"))
            continue
        for number, earlier in enumerate(rules[:index]):
            if not earlier.any and all(_implied(comparison, rule.all) for comparison in earlier.all):
                found.append((index, f"every row that it matches is taken by number {number}"))
                break
    return found


def _constant(written: str) -> float | str | bool | None:
    if written in ("true", "false"):
        return written == "true"
    if len(written) >= 2 and written[0] in "'\"" and written[-1] == written[0]:
        return written[1:-1]
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _range(name: str, comparisons: Sequence[Comparison]) -> tuple[float, bool, float, bool]:
    """What the comparisons leave of a number: (low, low included, high, high included)."""
    low, low_in, high, high_in = -math.inf, False, math.inf, False
    for one in comparisons:
        if one.name != name or isinstance(one.value, str | bool | tuple):
            continue
        if one.test in (">", ">=", "==") and (one.value, one.test == ">") >= (low, not low_in):
            low, low_in = one.value, one.test != ">"
        if one.test in ("<", "<=", "==") and (-one.value, one.test == "<") >= (-high, not high_in):
            high, high_in = one.value, one.test != "<"
    return low, low_in, high, high_in


def _contradiction(comparisons: Sequence[Comparison]) -> Comparison | None:
    for one in comparisons:
        if isinstance(one.value, tuple):
            others = [other for other in comparisons if other.name == one.name]
            if not any(all(_holds(other, item) for other in others) for item in one.value):
                return one
            continue
        if isinstance(one.value, str | bool):
            others = [other for other in comparisons if other.name == one.name]
            if any(_clash(one, other) for other in others):
                return one
            continue
        low, low_in, high, high_in = _range(one.name, comparisons)
        if low > high or (low == high and not (low_in and high_in)):
            return one
        if one.test == "!=" and low == high == one.value:
            return one
    return None


def _holds(comparison: Comparison, item: Constant) -> bool:
    """Whether a comparison holds for a value that is of its kind."""
    if comparison.test == "in":
        return item in comparison.values
    return bool(TESTS[comparison.test](item, comparison.value))


def _clash(one: Comparison, other: Comparison) -> bool:
    same = one.value == other.value
    return (one.test == other.test == "==" and not same) or (same and {one.test, other.test} == {"==", "!="})


def _implied(wanted: Comparison, given: Sequence[Comparison]) -> bool:
    """Whether every row that matches all of ``given`` matches ``wanted``."""
    if wanted in given:
        return True
    if isinstance(wanted.value, tuple):
        return any(_implied(Comparison(wanted.name, "==", item), given) for item in wanted.value)
    if isinstance(wanted.value, str | bool):
        return wanted.test == "!=" and any(
            one.name == wanted.name and one.test == "==" and one.value != wanted.value for one in given
        )
    if not any(one.name == wanted.name for one in given):
        return False
    low, low_in, high, high_in = _range(wanted.name, given)
    value = wanted.value
    return {
        ">=": low >= value,
        ">": low > value or (low == value and not low_in),
        "<=": high <= value,
        "<": high < value or (high == value and not high_in),
        "==": low == high == value,
        "!=": value < low or value > high or (value == low and not low_in) or (value == high and not high_in),
    }[wanted.test]


def kind_of(name: str, states: Mapping[str, str]) -> str:
    """'number', 'text' or 'flag': what a feature or a state is compared with. states: their kinds by name.

    Raises BadInput for an unknown name.
    """
    if name in states:
        return states[name]
    try:
        dtype = parse_feature(name).feature.dtype
    except BadInput as error:
        near = did_you_mean(name, states)
        raise BadInput(f"no feature '{name}'; {near}" if near.startswith("did") else str(error)) from None
    return {"string": "text", "boolean": "flag"}.get(dtype, "number")
