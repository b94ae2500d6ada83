"""Numbers and dates as each language writes them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NONE = "–"  # where there is no number
MINUS = "−"


def count(value: float | None, language: str) -> str:
    """A whole number with its thousands: 96,272."""
    return NONE if value is None else _signed(f"{abs(round(value)):,}", round(value) < 0)


def short(value: float | None, language: str) -> str:
    """A large number for a headline: 96,272 in English, 9.6 万 in Chinese."""
    if value is None:
        return NONE
    size = abs(value)
    if language == "zh" and size >= 9_999.5:
        number = f"{size / 1e8:,.1f} 亿" if size >= 99_950_000 else f"{size / 1e4:,.1f} 万"
        return _signed(number.replace(".0 ", " "), value < 0)
    return money(value, language) if size < 100 and value != round(value) else count(value, language)


def money(value: float | None, language: str) -> str:
    """An amount: with two decimals below 100, else whole; of no currency, for the logs do not say which."""
    if value is None:
        return NONE
    size = abs(value)
    return _signed(f"{size:,.2f}" if 0 < size < 99.995 else f"{size:,.0f}", value < 0 and size >= 0.005)


def share(value: float | None, language: str, places: int = 1) -> str:
    """A share from 0 to 1 in percent: 46.2 %."""
    return NONE if value is None else _signed(f"{abs(100 * value):.{places}f} %", round(100 * value, places) < 0)


def number(value: float | None, language: str, places: int = 2) -> str:
    """A plain number with at most so many decimals."""
    if value is None:
        return NONE
    shown = f"{abs(value):,.{places}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return _signed(shown, round(value, places) < 0)


def change(value: float | None, language: str) -> str:
    """A difference of counts, with its sign: +53, −30."""
    if value is None:
        return NONE
    return f"+{count(value, language)}" if round(value) > 0 else count(value, language)


def change_points(value: float | None, language: str) -> str:
    """A difference of shares in percentage points: −1.1 pp."""
    if value is None:
        return NONE
    shown = f"{abs(100 * value):.1f}"
    unit = "个百分点" if language == "zh" else "pp"
    return f"{'' if shown == '0.0' else '+' if value > 0 else MINUS}{shown} {unit}"


def day(value: date | datetime | str | None, language: str) -> str:
    """A day: 31 Dec 2025, 2025年12月31日. A text is read as ISO has it."""
    if value is None:
        return NONE
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def moment(value: datetime | str | None, language: str) -> str:
    """A day and the time of day."""
    if value is None:
        return NONE
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{day(at, language)} {at:%H:%M}"


def shown(kind: str, value: Any, language: str) -> str:
    """A value of a board's column by its kind, see ``features.boards.board.Kind``."""
    if value is None:
        return NONE
    by: dict[str, Callable[..., str]] = {
        "count": count,
        "money": money,
        "share": share,
        "number": number,
        "days": number,
        "date": day,
    }
    if kind == "texts":
        return "、".join(value) if language == "zh" else ", ".join(value)
    return by[kind](value, language) if kind in by else str(value)


def _signed(text: str, negative: bool) -> str:
    return f"{MINUS}{text}" if negative else text
