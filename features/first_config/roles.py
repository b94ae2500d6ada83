"""Which columns of a file may play a role: by their names, and then by their values."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.first_config import looks
from features.first_config.names import (
    AMOUNT,
    ORDER,
    ORDER_WORDS,
    QUANTITY,
    TIME,
    UNIT_PRICE,
    USER,
    USER_WORDS,
    Names,
)
from features.first_config.other_names import CURRENCY, EVENT, ITEM, PERSONAL, STATUS
from features.first_config.sample import Sample
from features.first_config.words import Composed, ends_like_time, plain, readings

FILLED = 0.5  # of the rows
SMALLER = {"micros": 1_000_000, "inmicros": 1_000_000, "cents": 100, "incents": 100, "minor": 100, "minorunits": 100}
SMALLER |= {"incent": 100, "cent": 100, "centimes": 100, "centavos": 100, "分": 100}


@dataclass(frozen=True)
class Candidate:
    """A column that may play a role. rank: the lower, the more telling its name. divisor: of cents it is 100."""

    name: str
    rank: int
    divisor: int = 1


def by_name(
    groups: Sequence[Names], names: Sequence[str], ours: str = "", composed: Composed | None = None
) -> list[Candidate]:
    """The columns with a name of the groups, or put together of words, most telling first. ``ours`` is our own name,
    which goes before all."""
    places: dict[str, tuple[int, int]] = {}
    for rank, group in enumerate(groups):
        for language in group.values():
            for place, word in enumerate(language.split()):
                places.setdefault(word, (rank, place))
    found = []
    for name in names:
        if ours and name == ours:
            found.append(((-1, 0), Candidate(name, -1)))
            continue
        for text in readings(name):
            word, divisor = _whole_units(text) if text not in places else (text, 1)
            if word in places:
                found.append((places[word], Candidate(name, places[word][0], divisor)))
                break
        else:
            if composed and composed.fits(name):
                found.append(((composed.rank, len(places)), Candidate(name, composed.rank)))
    return [candidate for _, candidate in sorted(found, key=lambda one: one[0])]


def user(sample: Sample) -> str:
    """The column of the person; empty where none is known. One that is hardly filled gives way to one that is."""
    found = by_name(USER, sample.names, "user_id", USER_WORDS)
    full = [one for one in found if _filled(sample, one.name) >= FILLED]
    return next((one.name for one in [*full, *found]), "")


def time(sample: Sample) -> str:
    """The column of when it happened; empty where none is known. One that holds times goes before one that only says
    so, and the only one that holds any needs no name."""
    named = by_name(TIME, sample.names, "time")
    listed = {one.name for one in named}
    named += [Candidate(one, len(TIME)) for one in sample.names if one not in listed and ends_like_time(one)]
    fit = [one.name for one in named if _may_be_time(sample, one.name)]
    hours = fit and fit[0] != "time" and plain(fit[0]) == "time" and not sample.filled(fit[0])
    if hours:  # beside a date, for all we know
        fit.sort(key=lambda name: plain(name) not in ("date", "datum", "fecha"))
    if fit:
        return fit[0]
    times = [one for one in sample.names if sample.filled(one) and _may_be_time(sample, one, unnamed=True)]
    if len(times) == 1:
        return times[0]
    # What its name calls a time may be one in a notation that nobody knows; that is asked.
    return next((one.name for one in named if not looks.is_hour_alone(sample.filled(one.name))), "")


def order(sample: Sample, without: str) -> str:
    """The column that names the order; empty where none does."""
    return next((one.name for one in by_name(ORDER, sample.names, "order_id", ORDER_WORDS) if one.name != without), "")


def ids_by_values(sample: Sample, without: Sequence[str]) -> list[str]:
    """Columns that might be a person's id though no name says so: a few words for many rows, and no measure."""
    found = []
    measures = (*QUANTITY, *AMOUNT, *UNIT_PRICE, *STATUS, *CURRENCY, *ITEM, *EVENT)
    known = {one.name for one in by_name(measures, sample.names)}
    for name in (name for name in sample.names if name not in known):
        values = sample.filled(name)
        few = 1 < len(set(values)) < len(values)
        if name in without or not few or sample.typed.get(name) == "time" or is_personal(name):
            continue
        if all(len(value) <= 40 and " " not in value and "." not in value for value in values):
            found.append(name)
    return found


def is_personal(name: str) -> bool:
    """Whether a column's name says that it holds names, addresses or numbers of people."""
    return bool(by_name(PERSONAL, [name]))


def _whole_units(text: str) -> tuple[str, int]:
    """orderamountcents → orderamount and 100."""
    for ending, divisor in SMALLER.items():
        if text.endswith(ending) and text != ending:
            return text.removesuffix(ending), divisor
    return text, 1


def _filled(sample: Sample, name: str) -> float:
    values = sample.rows.get(name, [])
    return len(sample.filled(name)) / len(values) if values else 1.0


def _may_be_time(sample: Sample, name: str, unnamed: bool = False) -> bool:
    values = sample.filled(name)
    if sample.typed.get(name) == "time" or (not values and not sample.rows.get(name)):
        return True
    if unnamed and looks.is_number(values):  # it might be anything
        return False
    return looks.is_time(values)
