"""Looks at a column of numbers in text and proposes the signs that read it: before decimals, between thousands, around.

What the values cannot tell (1,234: a thousand or one and a bit?) becomes a question.
"""

import re
import unicodedata
from collections.abc import Iterable

from features.notations.text_values import BLANK, number_pattern
from features.notations.time_notations import Proposal

WAYS = [(point, between) for between in (None, ",", ".", " ", "'") for point in (".", ",") if point != between]
EXPONENT = re.compile(r"[+-]?[\d.,]+[eE][+-]?\d+")


def propose_numbers(values: Iterable[str]) -> Proposal:
    """The signs before decimals, between thousands and around amounts by which all values are numbers, or else by
    which most are, the others then ``unread``."""
    currencies: list[str] = []
    bare, unread = {}, []
    for text in dict.fromkeys(text for one in values if (text := one.strip())):
        digits, sign = _without_currency(text)
        if digits is None:
            unread.append(text)
            continue
        bare[text] = digits
        if sign and sign not in currencies:
            currencies.append(sign)
    read = [{text: number for text, one in bare.items() if (number := _number(one, *way))} for way in WAYS]
    most = max(map(len, read))
    best = [(way, found) for way, found in zip(WAYS, read, strict=True) if len(found) == most]
    (point, between), taken = best[0]
    settings: dict[str, str | list[str]] = {}
    question = ""
    if other := next(((way, found) for way, found in best if found != taken), None):
        first = next(text for text in bare if taken.get(text) != other[1].get(text))
        question = f"what is '{first}': a number with {_line(best[0][0])}, or with {_line(other[0])}?"
    else:
        settings = _settings(point, between) if most else {}
        unread += [text for text in bare if text not in taken]
    if currencies:
        settings["currency"] = currencies if len(currencies) > 1 else currencies[0]
    if len(currencies) > 1 and not question:
        named = " and ".join(currencies[:3])
        question = f"are {named} one currency? If so: {Proposal(settings).line()}; if not, convert the amounts"
    return Proposal(settings, question, tuple(unread))


def _settings(point: str, between: str | None) -> dict[str, str | list[str]]:
    decimal = {"decimal": point} if point != "." else {}
    return {**decimal, **({"thousands": between} if between else {})}


def _line(way: tuple[str, str | None]) -> str:
    return Proposal(_settings(*way) or {"decimal": "."}).line()


def _number(text: str, point: str, between: str | None) -> str:
    """The digits of a number that is written this way, empty where it is not."""
    if not re.fullmatch(number_pattern(point, between), text) or not re.search(r"\d", text):
        return ""
    digits = re.sub(rf"[^\d{point}eE]", "", text).replace(point, ".")
    return f"{digits}." if "." not in digits else digits.rstrip("0")


def _without_currency(text: str) -> tuple[str | None, str]:
    """The bare number in a text without its sign, None where there is none or more than that, and the currency."""
    rest, sign = text.replace("\u2212", "-"), ""
    if not EXPONENT.fullmatch(rest):
        signs = re.findall(r"[^\d.,'’()+\-\s]+", rest)
        if len(signs) > 1 or not all(map(_is_currency, signs)):
            return None, ""
        sign = signs[0] if signs else ""
        rest = rest.replace(sign, "")
    rest = re.sub(rf"^[{BLANK}(+-]+|[{BLANK})-]+$", "", rest)
    return (rest if re.search(r"\d", rest) else None), sign


def _is_currency(text: str) -> bool:
    return any(unicodedata.category(sign) == "Sc" for sign in text) or (text.isalpha() and len(text) <= 3)
