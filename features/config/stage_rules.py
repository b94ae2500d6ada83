"""The lifecycle stages: an ordered list of rules on features, the first that matches wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.catalogue.families import load
from features.catalogue.feature import span_name
from features.config.rules import Comparison, Rule, Values, first_match, kind_of, parse, unreachable
from features.config.sections import Condition, Lifecycle
from features.errors import BadInput

load()

WEEKS = 8
# What a stage may ask beside features. Healthy is the team's own rule, held against this date and the weeks before it.
STATES: Mapping[str, str] = {
    "healthy": "flag",  # now
    "healthy_weeks": "number",  # of the last 8 weekly looks, this one included: 0 to 8
    "healthy_before": "number",  # of the 8 weekly looks before this one: 0 to 8
    "lost_health": "flag",  # healthy in one of them, and not now
    "risk_band": "text",  # of this date's snapshot; missing where there is none
}


@dataclass(frozen=True)
class Stage:
    """A lifecycle stage: its name, how it is shown in English and Chinese, and who is on it."""

    name: str
    en: str
    zh: str
    rule: Rule


@dataclass(frozen=True)
class Ladder:
    """The stages of some users: everybody, or those of an override. when: the users it applies to."""

    when: Rule
    healthy: Rule
    stages: tuple[Stage, ...]


def ladders(lifecycle: Lifecycle, horizon: float, high: str, where: str) -> tuple[Ladder, ...]:
    """The ladders that a configuration describes, overrides first, that for everybody last.

    high: the name of the highest risk band. where: the file, for messages.
    Raises BadInput for a rule that names an unknown feature, compares it with the wrong type or can never match, and
    for a list of stages whose last does not match all.
    """

    common = _ladder(lifecycle, lifecycle, Rule(), horizon, high, f"{where}: lifecycle")
    found = []
    for number, override in enumerate(lifecycle.override):
        key = f"{where}: lifecycle.override[{number}]"
        when = rule(Condition(all=override.when), f"{key}.when", "")
        if states := [name for name in when.names if name in STATES]:
            raise BadInput(f"{key}.when: '{states[0]}' depends on the stages themselves; use a feature or an attribute")
        found.append(_ladder(lifecycle, override, when, horizon, high, key))
    return (*found, common)


def assign(ladders: Sequence[Ladder], values: Sequence[Values], rows: int) -> np.ndarray:
    """Each row's stage as an index into its ladder's stages; all ladders have stages of the same names and order.

    values: features and states by name, one mapping per ladder, since healthy differs between them.
    """
    answer = np.full(rows, -1, np.int64)
    for ladder, own in zip(ladders, values, strict=True):
        theirs = (answer == -1) & ladder.when.match(own, rows)
        answer[theirs] = first_match([stage.rule for stage in ladder.stages], own, rows)[theirs]
    return answer


def rule(condition: Condition, where: str, dot: str = ".") -> Rule:
    """A condition of the configuration with its comparisons read and checked."""

    def read(part: str, texts: Sequence[str]) -> tuple[Comparison, ...]:
        name = f"{where}.{part}" if dot else where
        return tuple(parse(text, f"{name}[{number}]", kind) for number, text in enumerate(texts))

    return Rule(read("all", condition.all), read("any", condition.any))


def kind(name: str) -> str:
    """'number', 'text' or 'flag': what a rule compares a feature or state with; raises BadInput for an unknown name."""
    return kind_of(name, STATES)


def _ladder(lifecycle: Lifecycle, own, when: Rule, horizon: float, high: str, where: str) -> Ladder:
    """own: the lifecycle itself, or an override, whose keys win where they are given."""
    condition = own.healthy or lifecycle.healthy or Condition(all=[f"active_days_{span_name(horizon)} >= 2"])
    healthy = rule(condition, f"{where}.healthy")
    if states := [name for name in healthy.names if name in STATES]:
        raise BadInput(f"{where}.healthy: '{states[0]}' is made from healthy itself; use features and attributes")
    if bad := unreachable([healthy]):
        raise BadInput(f"{where}.healthy: nobody can be healthy: {bad[0][1]}; mend it")
    if lifecycle.stage:
        return Ladder(when, healthy, _written(lifecycle, where))
    lapsed = own.lapsed_days or lifecycle.lapsed_days or [horizon, 2 * horizon, 4 * horizon]
    inactive = own.inactive_days or lifecycle.inactive_days or horizon / 2
    return Ladder(when, healthy, _default(lapsed, inactive, lifecycle.new_days, lifecycle.returned_days, high, where))


def _written(lifecycle: Lifecycle, where: str) -> tuple[Stage, ...]:
    where = where.split(".override")[0]
    stages = []
    for number, one in enumerate(lifecycle.stage):
        written = rule(Condition(all=one.all, any=one.any), f"{where}.stage[{number}]")
        stages.append(Stage(one.name, one.label or one.name, one.label or one.name, written))
        if one.name in [stage.name for stage in stages[:-1]]:
            raise BadInput(f"{where}.stage[{number}].name: '{one.name}' stands twice; name each stage once")
    last = stages[-1]
    if last.rule != Rule():
        raise BadInput(
            f"{where}.stage[{len(stages) - 1}]: '{last.name}' does not match all, so some users would be on no stage; "
            "end with a stage without all and any"
        )
    if bad := unreachable([stage.rule for stage in stages]):
        number, why = bad[0]
        raise BadInput(f"{where}.stage[{number}]: nobody can be on '{stages[number].name}': {why}; move or mend it")
    return tuple(stages)


def _default(
    lapsed: Sequence[float], inactive: float, new: float, returned: float, high: str, where: str
) -> tuple[Stage, ...]:
    if list(lapsed) != sorted(set(lapsed)):
        raise BadInput(f"{where}.lapsed_days: {lapsed} does not rise; sort it")
    if inactive >= lapsed[0]:
        raise BadInput(f"{where}.inactive_days: {inactive:g} is not below lapsed_days' first, {lapsed[0]:g}; lower it")

    def at(name: str, test: str, value: float | bool | str) -> Comparison:
        return Comparison(name, test, value)

    silent = "days_since_active"
    stages = [Stage("prospect", "prospect", "潜客", Rule((at("active_total", "==", 0.0),)))]
    for step in range(len(lapsed), 0, -1):
        days = lapsed[step - 1]
        stages.append(Stage(f"lapsed_{step}", *_lapsed(days), Rule((at(silent, ">=", float(days)),))))
    back = f"days_since_return_{span_name(lapsed[0])}"
    return (
        *stages,
        Stage("resurrected", "resurrected", "回流", Rule((at(back, "<=", float(returned)),))),
        Stage("new", "new", "新用户", Rule((at("tenure_days", "<=", float(new)),))),
        Stage(
            "at_risk",
            "at risk",
            "流失风险",
            Rule((), (at("lost_health", "==", True), at("risk_band", "==", high))),
        ),
        Stage("inactive", "inactive", "沉默", Rule((at(silent, ">=", float(inactive)),))),
        Stage("loyal", "loyal", "忠诚", Rule((at("healthy_weeks", ">=", float(WEEKS)),))),
        Stage("active", "active", "健康活跃", Rule((at("healthy", "==", True),))),
        Stage("potential", "potential", "潜在", Rule()),
    )


def _lapsed(days: float) -> tuple[str, str]:
    """What a lapsed stage is called in English and Chinese: by the silence it begins at, in hours where that is short
    and not in whole days."""
    if days < 3 and days != round(days):
        return f"lapsed {24 * days:g} h", f"流失 {24 * days:g} 小时"
    return f"lapsed {days:g} d", f"流失 {days:g} 天"
