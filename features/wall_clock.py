"""Days as the calendar of a zone has them, also where its clock changes: midnight to midnight, be it 23 hours or 25.

Instants are UTC times without a zone. When clocks change is asked of DuckDB, which reads the rows' times too: so rows,
cutoffs and both engines agree whatever a machine's own list of zones says.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import available_timezones

import duckdb
import ibis
import ibis.expr.types as ir

FIRST, LAST = datetime(1970, 1, 1), datetime(2051, 1, 1)  # changes are told of in between; outside, the nearest holds
MICROSECOND, SECOND, DAY = timedelta(microseconds=1), 1_000_000, 86_400_000_000
Gap = Literal["start", "before", "after"]


@dataclass(frozen=True)
class _Zone:
    """What a zone's clock is ahead of UTC by, in microseconds: ``offsets[k]`` from the instant ``starts[k]`` on, and
    before the first. changed: the instants themselves. A midnight that the clock skips is the first instant after it:
    there, the change counts from a microsecond later."""

    changed: tuple[int, ...]
    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    def offset(self, at: int) -> int:
        return self.offsets[bisect_right(self.starts, at)]


def changes(zone: str) -> bool:
    """Whether the clock of a zone ever changes: where it does not, all days have 24 hours."""
    return bool(_zone(zone).starts)


@lru_cache
def zones() -> tuple[str, ...]:
    """The names of time zones that can be worked with, by name."""
    with duckdb.connect(config={"threads": 1}) as con:
        known = {name for (name,) in con.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    return tuple(sorted(known & available_timezones()))


def wall(at: datetime, zone: str) -> datetime:
    """What the clock shows at an instant."""
    return at if zone == "UTC" else at + _zone(zone).offset(_micros(at)) * MICROSECOND


def instant(shown: datetime, zone: str) -> datetime:
    """When the clock shows this: the first time where it does twice, unless ``fold`` says the second; where it never
    does, as if it had not changed yet, or with ``fold`` as if it had."""
    return shown if zone == "UTC" else _instant(shown, zone, "before" if shown.fold else "after")


def later(at: datetime, days: float, zone: str) -> datetime:
    """So many days of the calendar later, or earlier for a negative number: at the same time of day.

    Where the clock skips that time: the instant of the change, or, earlier, as much before it as was skipped. So there
    and back is never past where it began, and a longer way never ends before a shorter one.
    """
    if not days or not changes(zone):
        return at + timedelta(days=days)
    return _instant(wall(at, zone) + timedelta(days=days), zone, "start" if days > 0 else "before")


def days_between(begin: datetime, end: datetime, zone: str) -> float:
    """Days of the calendar from one instant to another, fractional."""
    span = wall(end, zone) - wall(begin, zone) if changes(zone) else end - begin
    return span / timedelta(days=1)


def offset(at: ir.Value, zone: str) -> ir.Value:
    """What the clock of a zone that changes is ahead of UTC by at instants of a column, in microseconds.

    By halves: eight comparisons a row at most, a tenth of what DuckDB's own function takes, and the same on Spark.
    """
    known = _zone(zone)

    def among(low: int, high: int) -> ir.Value:
        if low == high:
            return ibis.literal(known.offsets[low], "int64")
        middle = (low + high + 1) // 2
        start = ibis.literal(FIRST + known.starts[middle - 1] * MICROSECOND, "timestamp(6)")
        return ibis.ifelse(at >= start, among(middle, high), among(low, middle - 1))  # type: ignore[operator]

    return among(0, len(known.starts))


def on_the_wall(at: ir.Value, zone: str) -> ir.Value:
    """What the clock of a zone shows at instants of a column, in microseconds since 1970."""
    micros = at.delta(ibis.literal(FIRST, "timestamp(6)"), unit="microsecond")  # type: ignore[attr-defined]
    return micros if zone == "UTC" else micros + offset(at, zone)


def day_of(shown: ir.Value) -> ir.Value:
    """The day of a time on the wall, in days since 1970: the quotient is rounded once, and exact at midnight."""
    return (shown.cast("float64") / DAY).floor().cast("int32")  # type: ignore[attr-defined]


def parts_days(at: datetime, zone: str) -> bool:
    """Whether the instant is a midnight before which the clock showed earlier days alone, and after which it shows
    none of them: clocks that are put back across midnight show the day before once more."""
    shown = wall(at, zone)
    if shown != datetime(shown.year, shown.month, shown.day):
        return False
    known, now, midnight = _zone(zone), _micros(at), _micros(shown)
    for place in range(bisect_right(known.changed, now - 2 * DAY), bisect_right(known.changed, now + 2 * DAY)):
        change, before, after = known.changed[place], known.offsets[place], known.offsets[place + 1]
        if (change <= now and change + before > midnight) or (change >= now and change + after < midnight):
            return False
    return True


def _micros(at: datetime) -> int:
    return (at - FIRST) // MICROSECOND


def _instant(shown: datetime, zone: str, gap: Gap) -> datetime:
    known, at = _zone(zone), _micros(shown)
    nearest = bisect_right(known.starts, at - 2 * DAY), bisect_right(known.starts, at + 2 * DAY)
    found = []
    for place in range(nearest[0], nearest[1] + 1):
        read = at - known.offsets[place]
        begun = place == 0 or known.changed[place - 1] <= read
        if begun and (place == len(known.starts) or read < known.starts[place]):
            found.append(read)
    if found:
        return FIRST + found[-1 if shown.fold else 0] * MICROSECOND
    after = next(k for k in range(*nearest) if known.changed[k] + known.offsets[k + 1] > at)  # the change that skips it
    told = {"start": known.changed[after], "after": at - known.offsets[after], "before": at - known.offsets[after + 1]}
    return FIRST + told[gap] * MICROSECOND


@lru_cache
def _zone(name: str) -> _Zone:
    if name == "UTC":
        return _Zone((), (), (0,))
    days = range(0, _micros(LAST) // SECOND, DAY // SECOND)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("SET TimeZone = 'UTC'")

        def offsets(seconds: list[int]) -> list[int]:
            shown = "epoch_us(timezone($zone, to_timestamp(s)))"
            sql = f"SELECT {shown} - s * {SECOND} FROM (SELECT unnest($seconds::BIGINT[]) AS s)"
            return [row[0] for row in con.execute(sql, {"zone": name, "seconds": seconds}).fetchall()]

        found = offsets([*days])
        told = [k for k, (one, other) in enumerate(pairwise(found)) if one != other]
        low, high = [days[k] for k in told], [days[k + 1] for k in told]
        while told and any(b - a > 1 for a, b in zip(low, high, strict=True)):
            middle = [(a + b) // 2 for a, b in zip(low, high, strict=True)]
            old = [now == found[k] for now, k in zip(offsets(middle), told, strict=True)]
            low = [m if same else a for a, m, same in zip(low, middle, old, strict=True)]
            high = [b if same else m for b, m, same in zip(high, middle, old, strict=True)]
    changed = [at * SECOND for at in high]
    ahead = [found[0], *(found[k + 1] for k in told)]
    skipped = [_skips_midnight(*one) for one in zip(changed, ahead, ahead[1:], strict=False)]
    starts = [at + skips for at, skips in zip(changed, skipped, strict=True)]
    return _Zone(tuple(changed), tuple(starts), tuple(ahead))


def _skips_midnight(at: int, before: int, after: int) -> bool:
    """Whether at this change the day begins with no midnight; where a whole day is skipped, none of its is missing."""
    return after > before and (at + before) % DAY == 0 and (at + before) // DAY == (at + after) // DAY
