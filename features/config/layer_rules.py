"""Layers: groupings of the user base that operations think in, such as RFM classes: ordered rules with frozen cuts."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features import whole_files
from features.config.rules import Comparison, Rule, Values, kind_of, parse, unreachable
from features.config.sections import LayerSetting
from features.errors import BadInput

# A constant that is worked out from the user base once, then kept: its mean, or a percentile such as p80.
CUT = re.compile(r"^(?P<left>.*(?:>=|<=|>|<))\s*(?P<cut>mean|p\d{1,2}(?:\.\d+)?)\s*$")
# What a layer may ask beside features: a snapshot of the same date.
STATES: Mapping[str, str] = {"risk_band": "text", "value_tier": "text", "stay_tier": "text"}
Cuts = Mapping[str, float]


@dataclass(frozen=True)
class Test:
    """A comparison whose constant may be a cut, 'mean' or 'p80', still to be worked out. negated: it must not hold."""

    comparison: Comparison
    cut: str | None = None
    negated: bool = False

    @property
    def key(self) -> str:
        """Under which the cut is kept."""
        return f"{self.comparison.name} {self.cut}"

    def match(self, values: Values, cuts: Cuts) -> np.ndarray:
        """Which rows pass. A missing value passes no test; it does not hold, so it passes a negated one."""
        one = self.comparison
        held = (Comparison(one.name, one.test, cuts[self.key]) if self.cut else one).match(values)
        return ~held if self.negated else held


@dataclass(frozen=True)
class Group:
    """A group of a layer: its name in English and Chinese, and the tests that its users pass."""

    en: str
    zh: str
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Layer:
    """Groups in order, the first that matches wins; the last takes everybody else."""

    name: str
    groups: tuple[Group, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What its rules look at."""
        return tuple(dict.fromkeys(test.comparison.name for group in self.groups for test in group.tests))

    @property
    def tests(self) -> tuple[Test, ...]:
        return tuple(dict.fromkeys(test for group in self.groups for test in group.tests))


def written(settings: Sequence[LayerSetting], where: str) -> list[Layer]:
    """The layers that a configuration writes itself. Raises BadInput for a wrong rule, naming where it stands."""
    found: list[Layer] = []
    for number, one in enumerate(settings):
        key = f"{where}: layers.layer[{number}]"
        if one.name in [layer.name for layer in found]:
            raise BadInput(f"{key}.name: '{one.name}' stands twice; name each layer once")
        groups = []
        for place, given in enumerate(one.group):
            tests = (read(text, f"{key}.group[{place}].all[{at}]") for at, text in enumerate(given.all))
            groups.append(Group(given.name, given.label or given.name, tuple(tests)))
        last = groups[-1]
        if last.tests:
            raise BadInput(
                f"{key}.group[{len(groups) - 1}]: '{last.en}' does not match all, so some users would be in no group; "
                "end with a group without all"
            )
        fixed = [(at, group) for at, group in enumerate(groups) if not any(test.cut for test in group.tests)]
        if bad := unreachable([Rule(tuple(test.comparison for test in group.tests)) for _, group in fixed]):
            at, group = fixed[bad[0][0]]
            raise BadInput(f"{key}.group[{at}]: nobody can be in '{group.en}': {bad[0][1]}; move or mend it")
        found.append(Layer(one.name, tuple(groups)))
    return found


def read(text: str, where: str) -> Test:
    """A test from text such as ``order_count_90d >= p80`` or ``plan == 'plus'``."""
    match = CUT.match(text)
    if not match:
        return Test(parse(text, where, kind))
    comparison = parse(f"{match['left']} 0", where, kind)
    if match["cut"] in ("p0", "p00"):
        raise BadInput(f"{where}: 'p0' is the smallest value, which cuts nothing; write p1 to p99")
    return Test(comparison, match["cut"])


def kind(name: str) -> str:
    """'number', 'text' or 'flag' of a feature or state; raises BadInput for an unknown name."""
    return kind_of(name, STATES)


def work_out(layers: Sequence[Layer], values: Values, among: np.ndarray, kept: Cuts) -> dict[str, float]:
    """The cuts of the layers: those kept, and the others from the users ``among`` (booleans) who have a value.

    Where nobody has one, the cut is NaN, which no user passes.
    """
    cuts = dict(kept)
    for test in (test for layer in layers for test in layer.tests):
        if test.cut and test.key not in cuts:
            column = values[test.comparison.name][among]
            column = column[~np.isnan(column)]
            how: Callable[[np.ndarray], float] = np.mean if test.cut == "mean" else _percentile(float(test.cut[1:]))
            cuts[test.key] = round(float(how(column)), 6) if len(column) else float("nan")
    return cuts


def assign(layer: Layer, values: Values, cuts: Cuts, rows: int) -> np.ndarray:
    """Each user's group as an index: every user is in exactly one."""
    answer = np.full(rows, -1, np.int64)
    for place, group in enumerate(layer.groups):
        passed = np.logical_and.reduce([answer == -1, *(test.match(values, cuts) for test in group.tests)])
        answer[passed] = place
    return answer


def load_cuts(file: Path) -> dict[str, float]:
    """The cuts kept from an earlier run; none where there is no file yet."""
    try:
        return {str(key): float(value) for key, value in json.loads(file.read_text(encoding="utf-8"))["cuts"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{file}: cannot be read as kept cuts; remove it, or write it anew with --recut") from None


def save_cuts(file: Path, cuts: Cuts, as_of: str) -> None:
    """Keep the cuts, so that a class means the same next month."""
    file.parent.mkdir(parents=True, exist_ok=True)
    given = {key: value for key, value in sorted(cuts.items()) if value == value}
    whole_files.write_text(file, json.dumps({"as_of": as_of, "cuts": given}, indent=1))


def _percentile(share: float) -> Callable[[np.ndarray], float]:
    return lambda column: float(np.quantile(column, share / 100))
