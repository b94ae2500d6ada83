"""Whether a day brought as many rows as its weekday usually does, and each once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from features.config import Config
from features.said import Said
from serving.monitoring.finding import Finding
from serving.monitoring.logs.day_counts import DayCounts

FEWEST = 3  # same weekdays before; fewer are no usual
NOISE = 4.0  # standard errors of the logarithm of a day's rows
EVERYWHERE = 1.4826  # of a median deviation, to be a standard deviation


@dataclass(frozen=True)
class Volume:
    """A table's rows on a day, the usual of that weekday, and whether they differ by too much. day: its end (UTC)."""

    table: str
    day: datetime
    rows: int
    usual: float
    odd: bool


def volumes(config: Config, counts: Mapping[str, DayCounts], at: datetime, days: int) -> list[Volume]:
    """The newest days of every table that has a usual, see ``day_counts`` for what a day is."""
    found = []
    for one in counts.values():
        spread = _spread(one.rows, days)
        for day in range(days):
            usual = _usual(one.rows, day)
            if usual:
                odd = _odd(one.rows[day], usual, spread, config.monitor.max_volume)
                found.append(Volume(one.table, at - timedelta(days=day), int(one.rows[day]), usual, odd))
    return found


def findings(config: Config, found: Iterable[Volume], copies: Callable[[str, datetime], float]) -> Iterable[Finding]:
    """For each table with odd days one finding, of the oddest. copies: the share of copies among a day's rows."""
    odd: dict[str, Volume] = {}
    for one in found:
        if one.odd and (one.table not in odd or _far(one) > _far(odd[one.table])):
            odd[one.table] = one
    for one in odd.values():
        share = copies(one.table, one.day) if one.rows > one.usual else 0.0
        yield _doubled(one, share) if share > config.monitor.max_copies else _unusual(one)


def _usual(rows: np.ndarray, day: int) -> float:
    """The median of the same weekday in the weeks before; 0 where the table had nothing or is too young."""
    there = np.flatnonzero(rows)
    before = rows[day + 7 :: 7]
    before = before[: max(0, (int(there.max()) - day) // 7)] if len(there) else before[:0]
    return float(np.median(before)) if len(before) >= FEWEST else 0.0


def _spread(rows: np.ndarray, days: int) -> float:
    """The standard deviation of the logarithm of past days against the usual of their weekdays."""
    ratios = [
        abs(np.log(rows[day] / usual)) for day in range(days, len(rows)) if rows[day] and (usual := _usual(rows, day))
    ]
    return EVERYWHERE * float(np.median(ratios)) if ratios else 0.0


def _odd(rows: float, usual: float, spread: float, most: float) -> bool:
    far = abs(np.log(max(rows, 0.5) / usual))
    return bool(far > np.log(most) and far > NOISE * np.sqrt(spread**2 + 1 / usual + 1 / max(rows, 1)))


def _far(one: Volume) -> float:
    return abs(float(np.log(max(one.rows, 0.5) / one.usual)))


def _unusual(one: Volume) -> Finding:
    day, usual = f"{one.day:%Y-%m-%d %H:%M}", f"{one.usual:,.0f}"
    en = f"{one.table}: {one.rows:,} rows in the day up to {day} UTC, usually {usual} on that weekday"
    zh = f"{one.table}：截至 {day} UTC 的一天有 {one.rows:,} 行，该星期几通常为 {usual} 行"
    more = Said("; see whether the feed is whole", "；请检查数据是否完整")
    return Finding("volume", one.table, "watch", Said(en + more.en, zh + more.zh))


def _doubled(one: Volume, share: float) -> Finding:
    day, usual = f"{one.day:%Y-%m-%d %H:%M}", f"{one.usual:,.0f}"
    en = f"{one.table}: {one.rows:,} rows in the day up to {day} UTC, usually {usual}, {share:.0%} of them exact "
    en += 'copies. The feed came twice: remove the copies, or write repeats = "drop", and score again'
    zh = f"{one.table}：截至 {day} UTC 的一天有 {one.rows:,} 行，通常为 {usual} 行，其中 {share:.0%} 是完全重复的行。"
    zh += '数据重复导入：删除重复行，或设置 repeats = "drop"，然后重新评分'
    return Finding("doubled", one.table, "stop", Said(en, zh))
