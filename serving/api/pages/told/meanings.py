"""What stages and groups of layers mean: their rules as people say them, in the language of the page."""

from collections.abc import Iterable

from features.config.rules import Rule
from serving.api.pages.told.rules import told_of
from serving.api.pages.view import View

OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "!=", "!=": "=="}


def stage_meanings(view: View) -> list[tuple[str, str]]:
    """Each stage's name and rule, in the order they are looked at, the first that fits wins; then who is healthy, where
    a rule asks for it. Of everybody's ladder, where overrides have their own."""
    ladder = view.config.ladders[-1]
    found = [(view.stage(one.name), _rule(view, one.rule)) for one in ladder.stages]
    names = {name for one in ladder.stages for name in one.rule.names}
    if any("health" in name for name in names):
        found.append((view.t("rules.healthy"), _rule(view, ladder.healthy)))
    return found


def group_meanings(view: View, layer: str) -> list[tuple[str, str]]:
    """Each group's name and tests, in the order they are looked at; none for a layer that is no longer configured."""
    groups = next((one.groups for one in view.config.groupings() if one.name == layer), ())
    found = []
    for group in groups:
        tests = [
            told_of(view, one.comparison, OPPOSITE[one.comparison.test] if one.negated else "", one.cut or "")
            for one in group.tests
        ]
        found.append((group.zh if view.language == "zh" else group.en, _all(view, tests)))
    return found


def _rule(view: View, rule: Rule) -> str:
    every, some = ([told_of(view, one) for one in part] for part in (rule.all, rule.any))
    return _all(view, [*every, *([view.t("rules.or").join(some)] if some else [])])


def _all(view: View, tests: Iterable[str]) -> str:
    return view.t("rules.and").join(tests) or view.t("rules.rest")
