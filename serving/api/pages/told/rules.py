"""The rules of a play as operations people say them, in the language of the page."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from features.catalogue.feature import parse
from features.config.operations.conditions import SNAPSHOT, comparisons
from features.config.rules import Comparison, Constant
from features.config.sections import Condition
from features.config.stage_rules import STATES
from features.errors import BadInput
from serving.api.pages import numbers
from serving.api.pages.catalogue import catalogue
from serving.api.pages.view import View, called

SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}
WINDOWS = ("in the window that ends at the cutoff", "in the window", "窗口期内")  # in the meaning of features
SHARES = ("churn_risk",)  # told in percent


def told(view: View, play: Mapping[str, Any]) -> str:
    """Whom a play takes; rules that the configuration no longer knows stand as they were written.

    play: its settings, as [[play]] has them.
    """
    every, some = play.get("all", ()), play.get("any", ())
    try:
        read = comparisons(Condition(all=list(every), any=list(some)), "", view.config.playbook_names)
        must, may = ([told_of(view, one) for one in part] for part in read)
    except BadInput:
        must, may = list(every), list(some)
    if play.get("segment"):
        must.insert(0, view.t("rules.segment", name=_own(view, "segment", play["segment"])))
    if may:
        must.append(view.t("rules.or").join(may))
    if play.get("entered"):
        must.append(view.t("rules.entered"))
    return view.t("rules.and").join(must) or view.t("rules.all")


def told_of(view: View, one: Comparison, test: str = "", cut: str = "") -> str:
    """A comparison in words. test: instead of its own; cut: the mean, or a percentile such as p80, that stands for its
    constant, as in rules of layers."""
    test = test or one.test
    what, flag = _name(view, one.name), isinstance(one.value, bool)
    if flag:
        yes = one.value == (test != "!=")
        return what if yes else view.t("rules.not", what=what)
    if cut:
        value = view.t("rules.mean") if cut == "mean" else view.t("rules.percentile", number=cut[1:])
        return view.t("rules.test", what=what, test=SIGNS[test], value=value)
    value = view.t("rules.or").join(_value(view, one.name, each) for each in one.values)
    if isinstance(one.value, tuple) or (test == "==" and isinstance(one.value, str)):
        return view.t("rules.is", what=what, value=value)
    if test == "!=" and isinstance(one.value, str):
        return view.t("rules.is_not", what=what, value=value)
    return view.t("rules.test", what=what, test=SIGNS[test], value=value)


def _name(view: View, name: str) -> str:
    kind, colon, own = name.partition(":")
    if colon and f"rules.{kind}" in catalogue():
        return view.t(f"rules.{kind}", name=_own(view, kind, own))
    known = name in SNAPSHOT or name in ("level", "level_before", "to_next_level", "points_worth", *STATES)
    return view.t(f"rules.{name}") if known and f"rules.{name}" in catalogue() else _feature(view, name)


def _feature(view: View, name: str) -> str:
    """What a feature is, its window filled in: orders placed in the last 90 days. Another name stays as it is."""
    try:
        column = parse(name)
    except BadInput:
        return name
    chinese = view.language == "zh"
    meaning = column.feature.zh if chinese else column.feature.meaning
    meaning = re.split(r"[:：；;(（，]|, ", meaning, maxsplit=1)[0].strip().rstrip(".。")  # the rest explains it
    if column.days:
        days = numbers.number(column.days, view.language)
        for words in WINDOWS:
            meaning = meaning.replace(words, view.t("rules.window", days=days))
        meaning = meaning.replace("this length", view.t("users.days", days=days))
    meaning = meaning if chinese else meaning[:1].lower() + meaning[1:]
    return meaning + (f" ({column.kind})" if column.kind else "")


def _own(view: View, kind: str, name: str) -> str:
    """What a tag, segment, day or layer is called."""
    if kind == "tag":
        return view.tag(name)
    if kind == "layer" and f"layers.{name}_says" in catalogue():
        return view.t(f"layers.{name}")
    days = view.config.calendar
    settings: Mapping[str, Sequence[Any]] = {"segment": view.config.segment, "calendar": days, "days_to": days}
    return called(settings.get(kind, ()), name, view.language)


def _value(view: View, name: str, value: Constant) -> str:
    if isinstance(value, float | int):
        return numbers.share(value, view.language, 0) if name in SHARES else numbers.number(value, view.language)
    if name in ("stage", "stage_before"):
        return view.stage(value)
    if name.startswith("layer:"):
        groups = next((one.groups for one in view.config.groupings() if one.name == name.partition(":")[2]), ())
        return next((g.zh if view.language == "zh" else g.en for g in groups if value in (g.en, g.zh)), value)
    if name in ("level", "level_before"):
        return str(view.level(value))
    return view.group(value) if name in ("risk_band", "value_tier", "stay_tier") else value
