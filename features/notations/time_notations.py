"""Looks at a column of times and proposes the time formats that read it.

What the values cannot tell (01/02/2011: day or month first?) becomes a question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

ISO = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]+\d{1,2}:\d\d(:\d\d(\.\d+)?)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)?)?", re.IGNORECASE
)
MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
LONG = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
# What stands for a day, with D and M where day and month cannot be told apart by their looks.
DAYS = (
    (r"\d{1,2}([/.-])\d{1,2}\1\d{4}", "D{0}M{0}%Y"),
    (r"\d{1,2}([/.-])\d{1,2}\1\d{2}", "D{0}M{0}%y"),
    (r"\d{4}(\.)\d{1,2}\.\d{1,2}", "%Y.%m.%d"),
    (rf"\d{{1,2}}([ /.-]?){MONTH}\1\d{{4}}", "%d{0}%b{0}%Y"),
    (rf"\d{{1,2}}([ /.-]?){MONTH}\1\d{{2}}", "%d{0}%b{0}%y"),
    (rf"\d{{1,2}}([ /.-]?){LONG}\1\d{{4}}", "%d{0}%B{0}%Y"),
    (rf"{MONTH}( )\d{{1,2}},? \d{{4}}", "%b %d{comma} %Y"),
    (rf"{LONG}( )\d{{1,2}},? \d{{4}}", "%B %d{comma} %Y"),
    (r"\d{4}(年)\d{1,2}月\d{1,2}日", "%Y年%m月%d日"),
    (r"\d{4}()\d{2}\d{2}", "%Y%m%d"),
)
HOURS = (
    (r"\d{1,2}:\d\d:\d\d\.\d{1,6}", "%H:%M:%S.%f"),
    (r"\d{1,2}:\d\d:\d\d ?[ap]m", "%I:%M:%S{blank}%p"),
    (r"\d{1,2}:\d\d ?[ap]m", "%I:%M{blank}%p"),
    (r"\d{1,2}:\d\d:\d\d", "%H:%M:%S"),
    (r"\d{1,2}:\d\d", "%H:%M"),
    (r"\d{1,2}时\d{1,2}分\d{1,2}秒", "%H时%M分%S秒"),
    (r"\d{1,2}时\d{1,2}分", "%H时%M分"),
)
BETWEEN = r"(, | |T|:|)"
# Whole numbers by how many digits they have and between which bounds; what is a day in figures comes first.
FIGURES = ((14, "%Y%m%d%H%M%S"), (12, "%Y%m%d%H%M"), (8, "%Y%m%d"))
COUNTED = ((1e8, 4.2e9, "epoch_s"), (1e11, 4.2e12, "epoch_ms"), (1e14, 4.2e15, "epoch_us"), (15_000, 90_000, "excel"))
SHOWN = 3


@dataclass(frozen=True)
class Proposal:
    """settings: key → value, as they can stand in holdfast.toml. question: what the values cannot tell, empty where
    they can. unread: values that nothing known reads."""

    settings: dict[str, str | list[str]]
    question: str = ""
    unread: tuple[str, ...] = ()

    def line(self) -> str:
        """The settings as a line of holdfast.toml."""
        return ", ".join(f"{key} = {_toml(value)}" for key, value in self.settings.items())


def propose_times(values: Iterable[str]) -> Proposal:
    """The time formats that read all values that are no ISO texts; every one of them is read by the first that fits.

    Where day and month change places, a first number above 12 anywhere in the column decides.
    """
    found: dict[str, list[str]] = {}
    unread = []
    for value in dict.fromkeys(text for one in values if (text := one.strip()) and not ISO.fullmatch(text)):
        if shape := _shape(value):
            found.setdefault(shape, []).append(value)
        else:
            unread.append(value)
    chosen, questions = [], []
    for shape, alike in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        if not shape.startswith("D"):
            chosen.append(shape)
            continue
        fit = [one for one in (_placed(shape, "%d", "%m"), _placed(shape, "%m", "%d")) if _reads(one, alike)]
        if len(fit) == 1:
            chosen += fit
        elif fit:
            questions.append(
                f"does '{alike[0]}' begin with the day (time_format = \"{fit[0]}\") or with the month "
                f'(time_format = "{fit[1]}")?'
            )
        else:
            first = next(one for one in alike if _number(one, 0) > 12)
            other = next((one for one in alike if _number(one, 1) > 12), "")
            questions.append(f"'{first}' begins with the day and '{other}' with the month; which is wrong?")
    formats = list(dict.fromkeys(chosen))
    settings = {"time_format": formats if len(formats) > 1 else formats[0]} if formats else {}
    return Proposal(settings, " ".join(questions), tuple(unread))  # type: ignore[arg-type]


def examples(values: Sequence[str]) -> str:
    """Three of the values for a person."""
    return ", ".join(f"'{value[:60]}'" for value in values[:SHOWN])


def _shape(value: str) -> str:
    """The format of a text, with D and M for a day and a month that look alike; empty where none is known."""
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return _figures(value)
    text = value.lower()
    for day, shown in DAYS:
        if not (start := re.match(day, text)):
            continue
        rest, comma = text[start.end() :], "," if "," in start[0] else ""
        form = shown.format(start[1] or "", comma=comma)
        if not rest and _known(form, value):
            return form
        for hours, written in HOURS:
            if (end := re.fullmatch(BETWEEN + f"({hours})" + r"\s?(z|[+-]\d\d:?\d\d)?", rest)) is None:
                continue
            gap = end[1].replace("t", "T")
            zone = "" if not (offset := end.groups()[-1]) else (" %z" if end[0].endswith(f" {offset}") else "%z")
            full = form + gap + written.format(blank=" " if " " in end[2] else "") + zone
            if _known(full, value):
                return full
    return ""


def _known(form: str, value: str) -> bool:
    return any(_reads(_placed(form, a, b), [value]) for a, b in (("%d", "%m"), ("%m", "%d")))


def _figures(value: str) -> str:
    whole, _, rest = value.partition(".")
    for digits, form in FIGURES:
        if len(whole) == digits and not rest.strip("0") and whole[:2] in ("19", "20") and _reads(form, [whole]):
            return form
    number = float(value)
    return next((name for low, high, name in COUNTED if low <= number <= high), "")


def _placed(form: str, first: str, second: str) -> str:
    """The form with day and month put in, where it leaves that open: D/M/…"""
    return f"{first}{form[1]}{second}{form[3:]}" if form.startswith("D") else form


def _reads(form: str, values: Sequence[str]) -> bool:
    try:
        for value in values:
            datetime.strptime(value.upper().replace("Z", "+0000") if "%z" in form else value, form)
    except ValueError:
        return False
    return True


def _number(text: str, place: int) -> int:
    return int(re.findall(r"\d+", text)[place])


def _toml(value: str | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"'
