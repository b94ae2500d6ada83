"""Reasons in words: a feature and a user's number as a sentence, in English or Chinese."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.errors import BadInput
from features.feature import Column, parse
from serving.phrases import MISSING, PHRASES, Both, Lang

# What a window is called where a feature's meaning speaks of it, the longest first.
WINDOWS = {
    "en": {
        "the window that ends at the cutoff": "the last {span}",
        "four times the window": "the last {quad}",
        "twice the window": "the last {twice}",
        "that of the window before it": "that of the {span} before",
        "the window": "the last {span}",
        "every half-life that has passed": "every {span} that have passed",
        "per half-life": "per {span}",
        "at least this length": "at least {span}",
        "so many days": "{span}",
        "of any kind or of the one named": "{kind}",
    },
    "zh": {
        "四倍窗口期": "最近 {quad}",
        "两倍窗口期": "最近 {twice}",
        "窗口所示的天数": " {span}",
        "窗口期": "最近 {span}",
        "每个半衰期": "每 {span}",
        "一个半衰期": " {span}",
        "接下来的这段天数": "接下来的 {span}",
        "（全部行为，或指定的一种）": "{kind}",
    },
}
USUAL = ("gap_mean", "gap_median", "gap_shrunk")  # what a user's usual gap is read from, the best first
RATIOS = ("silence_ratio", "silence_to_median", "silence_to_shrunk")  # the silence against each of them
USED = (*USUAL, *RATIOS, "days_since_active")  # of a user's other features
YES = {"en": ("no", "yes"), "zh": ("否", "是")}


@dataclass(frozen=True)
class Words:
    """How to speak: the language, and ``churn.activity``, so that it says "order" where orders are the activity."""

    lang: Lang = "en"
    activity: tuple[str, ...] = ()

    def reason(self, reason: Mapping[str, Any], others: Mapping[str, float | None] | None = None) -> str:
        """One reason (feature, value, contribution) in words: "No order for 48 days; usual gap 12".

        others: more of the same user's features by name, for a second number; values may be null. A feature that this
        version does not know is said by its name.
        """
        value, lowers = reason["value"], reason["contribution"] < 0
        try:
            column = parse(reason["feature"])
        except BadInput:  # of a model that another version trained
            return f"{reason['feature']}: {_missing('', self.lang) if _none(value) else number(value)}"
        parts = self._parts(column, None if _none(value) else value, others or {})
        return _fill(self._template(column, value, lowers), parts, self.lang)

    def reasons(
        self, reasons: Sequence[Mapping[str, Any]], others: Mapping[str, float | None] | None = None
    ) -> list[str]:
        """All reasons of one user, each in words; together they tell more: the gap, where one holds the other's."""
        known = {one["feature"]: one["value"] for one in reasons}
        known |= {name: others[name] for name in USED if name in others} if others else {}
        return [self.reason(one, known) for one in reasons]

    def told(
        self, reasons: Sequence[Mapping[str, Any]] | None, others: Mapping[str, float | None] | None = None
    ) -> list[dict[str, Any]] | None:
        """The same reasons, each with its words as ``text``; null stays null."""
        if reasons is None:
            return None
        texts = self.reasons(reasons, others)
        return [dict(one) | {"text": text} for one, text in zip(reasons, texts, strict=True)]

    def effect(self, contribution: float) -> str:
        """What a reason does to the risk."""
        if self.lang == "zh":
            return "推高风险" if contribution > 0 else "降低风险" if contribution < 0 else "不影响风险"
        return f"{'raises' if contribution > 0 else 'lowers' if contribution < 0 else 'does not change'} the risk"

    def line(self, reason: Mapping[str, Any], others: Mapping[str, float | None] | None = None) -> str:
        """A reason and what it does: "No order for 48 days; usual gap 12 (raises the risk)"."""
        text, effect = self.reason(reason, others), self.effect(reason["contribution"])
        return f"{text}（{effect}）" if self.lang == "zh" else f"{text} ({effect})"

    def _template(self, column: Column, value: float | None, lowers: bool) -> str:
        feature = column.feature
        meaning = feature.meaning if self.lang == "en" else feature.zh
        meaning = re.split(r"[:：；;]", meaning, maxsplit=1)[0].rstrip(".。")
        meaning = re.sub(r"（[^（）]*[)）]$", "", meaning)  # what follows, or stands in brackets, explains it
        if feature.dtype == "string":  # its value is a code, which tells a person nothing
            return meaning
        if _none(value):
            return _missing(feature.null or "", self.lang)
        phrase = PHRASES.get(feature.name)
        if phrase is None:
            return f"{meaning}: {{v}}" if self.lang == "en" else f"{meaning}：{{v}}"
        chosen: Both | None = phrase.zero if value == 0 else phrase.low if lowers else None
        return getattr(chosen or phrase.any, self.lang)

    def _parts(self, column: Column, value: float | None, others: Mapping[str, float | None]) -> dict[str, str | None]:
        """What a template may name."""
        lang, x, days, kind = self.lang, value or 0.0, column.days or 0.0, column.kind
        gap, silence = usual(others)
        both = gap is not None and silence is not None and min(gap, silence) >= 1
        event = f"{kind} event" if kind else "event"
        made: dict[str, Callable[[], str | None]] = {
            "v": lambda: quantity(x, column, lang),
            "n": lambda: number(x),
            "times": lambda: "1.0" if number(x) == "1" else number(x),  # 1 times is no English
            "pct": lambda: percent(x),
            "signed": lambda: f"{'+' if x > 0 else ''}{number(x)}",
            "month": lambda: number(30 * x),
            "root": lambda: span(math.sqrt(max(x, 0.0)), lang),
            "span": lambda: span(days, lang),
            "twice": lambda: span(2 * days, lang),
            "quad": lambda: span(4 * days, lang),
            "event": lambda: event if lang == "en" else f"“{kind}”行为" if kind else "行为",
            "events": lambda: f"[{event}|{event}s]",
            "kind": lambda: "" if not kind else f" ({kind})" if lang == "en" else f"（{kind}）",
            "gap": lambda: None if gap is None else number(_shown(gap)) if both and lang == "en" else span(gap, lang),
            "silence": lambda: None if silence is None else span(silence, lang),
        }
        return _Parts(self._activity(), made)

    def _activity(self) -> dict[str, str | None]:
        only = self.activity[0] if len(self.activity) == 1 else ""
        kind = only.partition(":")[2]
        one, do, undone = "activity", "活跃", "未活跃"
        if only == "orders":
            one, do, undone = "order", "下单", "未下单"
        elif only == "events":
            one, do, undone = "event", "行为", "没有行为"
        elif kind:
            one, do, undone = f"{kind} event", f"“{kind}”行为", f"没有“{kind}”行为"
        many, count = (one, "[time|times] active") if one == "activity" else (f"{one}s", f"[{one}|{one}s]")
        return {"none": one, "one": one, "all": many, "count": count, "do": do, "undone": undone}


class _Parts(dict[str, str | None]):
    """Parts by name, those of ``made`` worked out when a template asks: most ask for one or two."""

    def __init__(self, parts: Mapping[str, str | None], made: Mapping[str, Callable[[], str | None]]):
        super().__init__(parts)
        self.made = made

    def __missing__(self, name: str) -> str | None:
        found = self[name] = self.made[name]()
        return found


def usual(known: Mapping[str, float | None]) -> tuple[float | None, float | None]:
    """A user's usual gap between active days and this silence, in days, as far as the features tell; else None.

    known: features by name. What is not there follows from the others: gap = silence / ratio, silence = gap × ratio.
    """
    there = {name: float(value) for name, value in known.items() if not _none(value) and value is not None}
    silence = there.get("days_since_active")
    for usually, ratio in zip(USUAL, RATIOS, strict=True):
        gap, times = there.get(usually), there.get(ratio)
        if gap is None and silence is not None and times:
            gap = silence / times
        if gap is not None:
            return gap, silence if silence is not None or times is None else gap * times
    return None, silence


def number(value: float) -> str:
    """A bare number: none of its decimals from 10 up, one from 1 up, and two digits below."""
    shown = _shown(value)
    if abs(shown) >= 1e12:
        return f"{shown:.2g}"
    text = f"{shown:,.0f}" if abs(shown) >= 10 else f"{shown:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def percent(share: float) -> str:
    """A share as a percentage, with a decimal under ten percent: 42%, 4.2%."""
    return f"{number(100 * share)}%"


def span(days: float, lang: Lang) -> str:
    """A length of time: 48 days, 1 day, 3.5 days, 7 hours."""
    hours = days < 1
    shown = number(24 * days if hours else days)
    if hours and 24 * days < 1:
        return "不到 1 小时" if lang == "zh" else "less than an hour"
    if lang == "zh":
        return f"{shown} {'小时' if hours else '天'}"
    return f"{shown} {'hour' if hours else 'day'}{'' if shown == '1' else 's'}"


def quantity(value: float, column: Column, lang: Lang) -> str:
    """A feature's value in its unit; what has none that is worth saying is a bare number."""
    feature = column.feature
    if feature.dtype == "boolean":
        return YES[lang][int(value != 0)]
    if feature.unit == "days":
        return span(value, lang) if feature.dtype != "int64" or value else ("0 days" if lang == "en" else "0 天")
    if feature.unit == "currency":
        return f"{value:,.2f}" if abs(value) < 1e12 else number(value)
    return percent(value) if feature.unit == "share" else number(value)


def _shown(value: float) -> float:
    """The value as a person needs it: whole from 10 up, two digits below and one decimal at least."""
    if abs(value) >= 9.95:
        return float(round(value))
    return round(value, 1) if abs(value) >= 1 else float(f"{value:.2g}")


def _none(value: float | None) -> bool:
    return value is None or not math.isfinite(value)


def _missing(null: str, lang: Lang) -> str:
    if lang == "zh":
        return MISSING.get(null, "无记录")
    return f"{null[:1].upper()}{null[1:]}" if null not in ("", "never") else "Not known"


def _fill(template: str, parts: Mapping[str, str | None], lang: Lang) -> str:
    """The template with its parts in their places, optional ones left out where they name what is not known."""

    def optional(found: re.Match[str]) -> str:
        return found[1] if all(parts[name] is not None for name in re.findall(r"\{(\w+)\}", found[1])) else ""

    for old, new in WINDOWS[lang].items():
        template = template.replace(old, new)
    text = re.sub(r"<([^>]*)>", optional, template)
    for _ in range(2):  # some parts have parts
        text = re.sub(r"\{(\w+)\}", lambda found: parts[found[1]] or "", text)
    single = parts["n"] == "1" if "{n}" in template else parts["month"] == "1" if "{month}" in template else False
    text = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda found: found[1 if single else 2], text)
    text = re.sub(r" {2,}", " ", text).replace(" ,", ",").replace(" 不到", "不到").rstrip(" ,")
    return text[:1].upper() + text[1:]
