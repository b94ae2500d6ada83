"""The rules of a play as operations people say them, in the language of the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from features.config.operations.conditions import SNAPSHOT, comparisons
from features.config.rules import Comparison, Constant
from features.config.sections import Condition
from features.errors import BadInput
from serving.api.pages import numbers
from serving.api.pages.catalogue import catalogue
from serving.api.pages.view import View, called

SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}
SHARES = ("churn_risk",)  # told in percent


def told(view: View, play: Mapping[str, Any]) -> str:
    """Whom a play takes; rules that the configuration no longer knows stand as they were written.

    play: its settings, as [[play]] has them.
    """
    every, some = play.get("all", ()), play.get("any", ())
    try:
        read = comparisons(Condition(all=list(every), any=list(some)), "", view.config.playbook_names)
        must, may = ([_one(view, one) for one in part] for part in read)
    except BadInput:
        must, may = list(every), list(some)
    if play.get("segment"):
        must.insert(0, view.t("rules.segment", name=_own(view, "segment", play["segment"])))
    if may:
        must.append(view.t("rules.or").join(may))
    if play.get("entered"):
        must.append(view.t("rules.entered"))
    return view.t("rules.and").join(must) or view.t("rules.all")


def _one(view: View, one: Comparison) -> str:
    what, flag = _name(view, one.name), isinstance(one.value, bool)
    if flag:
        yes = one.value == (one.test != "!=")
        return what if yes else view.t("rules.not", what=what)
    value = view.t("rules.or").join(_value(view, one.name, each) for each in one.values)
    if isinstance(one.value, tuple) or (one.test == "==" and isinstance(one.value, str)):
        return view.t("rules.is", what=what, value=value)
    if one.test == "!=" and isinstance(one.value, str):
        return view.t("rules.is_not", what=what, value=value)
    return view.t("rules.test", what=what, test=SIGNS[one.test], value=value)


def _name(view: View, name: str) -> str:
    kind, colon, own = name.partition(":")
    if colon and f"rules.{kind}" in catalogue():
        return view.t(f"rules.{kind}", name=_own(view, kind, own))
    known = name in SNAPSHOT or name in ("level", "level_before", "to_next_level", "points_worth")
    return view.t(f"rules.{name}") if known and f"rules.{name}" in catalogue() else name


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
