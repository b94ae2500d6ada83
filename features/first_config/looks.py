"""What a column's values look like: times, numbers, ids, addresses. All of a sample of text."""

import re
from collections.abc import Sequence
from decimal import Decimal

from features.notations.number_notations import propose_numbers
from features.notations.time_notations import ISO, propose_times

HOUR = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[ap]m)?", re.IGNORECASE)
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
MOST = 0.9  # of the values


def share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    """How much of the values a pattern is all of."""
    return sum(bool(pattern.fullmatch(value)) for value in values) / len(values) if values else 0.0


def is_time(values: Sequence[str]) -> bool:
    """Whether most values are times by some known notation; of no values nothing is known."""
    if not values or share(values, HOUR) > 1 - MOST:
        return False
    proposal = propose_times(values)
    lost = set(proposal.unread)
    return bool(proposal.settings or proposal.question or share(values, ISO)) and (
        sum(value in lost for value in values) <= (1 - MOST) * len(values)
    )


def is_hour_alone(values: Sequence[str]) -> bool:
    """Whether they are times of a day without the day."""
    return share(values, HOUR) > MOST


def is_address(values: Sequence[str]) -> bool:
    """Whether they are e-mail addresses."""
    return share(values, ADDRESS) > 0.5


def numbers(values: Sequence[str | None]) -> list[Decimal | None] | None:
    """The values as numbers in the notation that they are in; None where too few are any."""
    given = [value for value in values if value]
    proposal = propose_numbers(given)
    if not given or len(proposal.unread) > (1 - MOST) * len(set(given)):
        return None
    point = proposal.settings.get("decimal", ".")
    return [_number(value, str(point)) for value in values]


def is_number(values: Sequence[str]) -> bool:
    return numbers(values) is not None


def may_be_number(values: Sequence[str]) -> bool:
    """Whether most values are numbers in some notation, be it one each: digits, and hardly anything else."""
    few = [value for value in values if len(re.findall(r"\d", value)) > 0 and len(re.findall(r"[^\W\d]", value)) <= 4]
    return bool(values) and len(few) >= MOST * len(values) and not is_time(values)


def repeats(values: Sequence[str]) -> bool:
    """Whether some value comes more than once."""
    return len(set(values)) < len(values)


def _number(value: str | None, point: str) -> Decimal | None:
    if value is None:
        return None
    digits = re.sub(rf"[^\d{re.escape(point)}]", "", value).replace(point, ".")
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", digits):
        return None
    negative = "-" in value or "\u2212" in value or value.strip().startswith("(")
    if found := re.search(r"[eE]([+-]?\d{1,2})$", value):
        digits = re.sub(rf"[^\d{re.escape(point)}]", "", value[: found.start()]).replace(point, ".")
        return Decimal(digits or 0).scaleb(int(found[1])) * (-1 if value.startswith("-") else 1)
    return -Decimal(digits) if negative else Decimal(digits)
