"""Reasons in words: a feature and a user's number as a sentence, in English or Chinese."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from features.catalogue.feature import Feature, FeatureColumn, parse
from features.errors import BadInput
from serving.scoring.phrases import MISSING, PHRASES, Both, Lang

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
_MISSING, _ZERO, _LOW, _ANY = "missing", "zero", "low", "any"  # what is said differently of a feature
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
        name, value = reason["feature"], reason["value"]
        try:
            column = _column(name)
        except BadInput:  # of a model that another version trained
            return f"{name}: {_missing('', self.lang) if _none(value) else number(value)}"
        case = _MISSING if _none(value) else _ZERO if value == 0 else _LOW if reason["contribution"] < 0 else _ANY
        x = 0.0 if case == _MISSING else value
        placeholders = _placeholders(self, name, case)
        gap, silence = usual(others or {}) if "gap" in placeholders or "silence" in placeholders else (None, None)
        single = ("n" in placeholders and number(x) == "1") or ("month" in placeholders and number(30 * x) == "1")
        parts = _Parts(x, column, self.lang, gap, silence)
        pieces = _pieces(self, name, case, gap is not None, silence is not None, single)
        text = "".join([piece if isinstance(piece, str) else piece(parts) for piece in pieces])
        if self.lang == "zh":
            text = text.replace(" 不到", "不到")
        return text[:1].upper() + text[1:]

    def reasons(
        self, reasons: Sequence[Mapping[str, Any]], others: Mapping[str, float | None] | None = None
    ) -> list[str]:
        """All reasons of one user, each in words; together they say more: one may hold the gap that another needs."""
        known = {one["feature"]: one["value"] for one in reasons}
        known |= {name: others[name] for name in USED if name in others} if others else {}
        return [self.reason(one, known) for one in reasons]

    def with_text(
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

    def _template(self, feature: Feature, case: str) -> str:
        meaning = feature.meaning if self.lang == "en" else feature.zh
        meaning = re.split(r"[:：；;]", meaning, maxsplit=1)[0].rstrip(".。")
        meaning = re.sub(r"（[^（）]*[)）]$", "", meaning)  # what follows, or is in brackets, explains it
        if feature.dtype == "string":  # its value is a code, which means nothing to a person
            return meaning
        if case == _MISSING:
            return _missing(feature.null or "", self.lang)
        phrase = PHRASES.get(feature.name)
        if phrase is None:
            return f"{meaning}: {{v}}" if self.lang == "en" else f"{meaning}：{{v}}"
        chosen: Both | None = phrase.zero if case == _ZERO else phrase.low if case == _LOW else None
        return getattr(chosen or phrase.any, self.lang)

    def _fixed(self, column: FeatureColumn) -> dict[str, str]:
        """What a template may name that is the same of every value."""
        days, kind = column.days or 0.0, column.kind
        event = f"{kind} event" if kind else "event"
        english = self.lang == "en"
        return self._activity() | {
            "span": span(days, self.lang),
            "twice": span(2 * days, self.lang),
            "quad": span(4 * days, self.lang),
            "event": event if english else f"“{kind}”行为" if kind else "行为",
            "events": f"[{event}|{event}s]",
            "kind": "" if not kind else f" ({kind})" if english else f"（{kind}）",
        }

    def _activity(self) -> dict[str, str]:
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


class _Parts(NamedTuple):
    """What the changing parts of a sentence are made of."""

    value: float
    column: FeatureColumn
    lang: Lang
    gap: float | None
    silence: float | None


def _usual_gap(parts: _Parts) -> str:
    gap, silence = parts.gap or 0.0, parts.silence
    bare = parts.lang == "en" and silence is not None and min(gap, silence) >= 1  # days, as the silence before it
    return number(_shown(gap)) if bare else span(gap, parts.lang)


WRITERS: dict[str, Callable[[_Parts], str]] = {
    "v": lambda parts: quantity(parts.value, parts.column, parts.lang),
    "n": lambda parts: number(parts.value),
    "times": lambda parts: "1.0" if number(parts.value) == "1" else number(parts.value),  # 1 times is no English
    "pct": lambda parts: percent(parts.value),
    "signed": lambda parts: f"{'+' if parts.value > 0 else ''}{number(parts.value)}",
    "month": lambda parts: number(30 * parts.value),
    "root": lambda parts: span(math.sqrt(max(parts.value, 0.0)), parts.lang),
    "gap": _usual_gap,
    "silence": lambda parts: span(parts.silence or 0.0, parts.lang),
}
_column = lru_cache(4096)(parse)


@lru_cache(4096)
def _sentence(words: Words, name: str, case: str) -> str:
    """The template for a feature, with what is the same of every value in its place."""
    column = _column(name)
    template, fixed = words._template(column.feature, case), words._fixed(column)
    for old, new in WINDOWS[words.lang].items():
        template = template.replace(old, new)
    for _ in range(2):  # some parts have parts
        template = re.sub(r"\{(\w+)\}", lambda found: fixed.get(found[1], found[0]), template)
    return template


@lru_cache(4096)
def _placeholders(words: Words, name: str, case: str) -> frozenset[str]:
    """What the sentence says of the value."""
    return frozenset(re.findall(r"\{(\w+)\}", _sentence(words, name, case)))


@lru_cache(16384)
def _pieces(
    words: Words, name: str, case: str, gap: bool, silence: bool, single: bool
) -> tuple[str | Callable[[_Parts], str], ...]:
    """The sentence cut at its placeholders; <…> is left out where a placeholder in it is not known, and [one|many]
    becomes one of the two."""
    unknown = {name for name, known in (("gap", gap), ("silence", silence)) if not known}

    def optional(found: re.Match[str]) -> str:
        return "" if unknown & set(re.findall(r"\{(\w+)\}", found[1])) else found[1]

    text = re.sub(r"<([^>]*)>", optional, _sentence(words, name, case))
    text = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda found: found[1 if single else 2], text)
    text = re.sub(r" {2,}", " ", text).replace(" ,", ",").rstrip(" ,")
    parts = re.split(r"\{(\w+)\}", text)
    return tuple(WRITERS[part] if index % 2 else part for index, part in enumerate(parts) if part)


def usual(known: Mapping[str, float | None]) -> tuple[float | None, float | None]:
    """A user's usual gap between active days and this silence, in days, as far as the features show; else None.

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


def quantity(value: float, column: FeatureColumn, lang: Lang) -> str:
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
