"""Takes the names of columns apart, so that they can be looked up in the lists of names.py."""

import re
import unicodedata
from dataclasses import dataclass

# What may stand behind a name: zones and currencies.
UNITS = {"utc", "gmt", "usd", "eur", "gbp", "cny", "rmb", "jpy", "chf", "in", "元", "local"}


@dataclass(frozen=True)
class Composed:
    """Names that are put together: words of both kinds, one at least of each, and no others. rank: of such a name."""

    heads: frozenset[str]
    tails: frozenset[str]
    rank: int

    def fits(self, name: str) -> bool:
        parts = set(words(name)) - FILLERS
        return parts <= self.heads | self.tails and bool(parts & self.heads) and bool(parts & self.tails)


def of_words(heads: str, tails: str, rank: int) -> Composed:
    return Composed(frozenset(heads.split()), frozenset(tails.split()), rank)


FILLERS = {"of", "the", "de", "du", "del", "la", "le", "der", "des", "a"}

# What comes later than the purchase or is no time of the row.
LATER = (
    "ship shipped shipping deliver delivered delivery due birth expire expires expiry expiration end ended until "
    "update updated modified approved estimated cancelled canceled refunded zone last first next check valid"
)
NOT_TIMES = frozenset(LATER.split())
TIME_ENDS = frozenset(("at", "date", "time", "timestamp", "datetime", "datum", "fecha", "ts", "zeit"))


def ends_like_time(name: str) -> bool:
    """Whether a name that no list has may be of a time: played_at, unixReviewTime."""
    parts = words(name)
    return bool(parts) and not NOT_TIMES & set(parts) and bool({parts[0], parts[-1]} & TIME_ENDS)


def words(name: str) -> list[str]:
    """The words of a name, without the zone or currency at its end: "RevenueUSD" → revenue."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).replace("ß", "ss"))
    folded = "".join(sign for sign in folded if not unicodedata.combining(sign))
    folded = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", folded)
    found = [word for word in re.split(r"[\W_]+", folded.lower()) if word]
    while len(found) > 1 and found[-1] in UNITS:
        found.pop()
    return found


def plain(name: str) -> str:
    """A name as it stands in these lists: "Created (UTC)" → created, "Order Total (EUR)" → ordertotal."""
    return "".join(words(name))


def readings(name: str) -> list[str]:
    """A name as these lists may have it: whole, its last part (customer.id), and without what stands in parentheses."""
    bare = re.sub(r"[(（\[].*?[)）\]]", "", name)
    return list(dict.fromkeys(text for one in (name, bare, name.rpartition(".")[2]) if (text := plain(one))))
