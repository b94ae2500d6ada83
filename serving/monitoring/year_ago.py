"""Whether users stay away more, or less, than users like them did a year ago: what a change of the product does.

A model that is trained again follows such a change, and the season moves its level by more than the change does. So no
model is asked: each week, the share of users silent for the four weeks after is held against that of users alike (in
recency, frequency and tenure) in the seven weeks around the same week a year before. The difference is not zero, since
a base ages; a cumulative sum (CUSUM, Page 1954) tells when it leaves what it was in the half year before the last ten
weeks. The reference stays where it is while the change goes on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np

from features.build.past import activity_rows
from features.engine.duckdb_session import read
from features.said import Said
from features.user_base import UserBase
from serving.monitoring.finding import Finding

DAYS, SILENT = 7, 28  # between looks, and of silence: of one week it would tell less than half as surely
YEAR, AROUND = 52, 3  # weeks back, and on both sides of it
LATELY, BEFORE, LEAST = 10, 26, 13  # looks that may tell of a change; those that it is told by, and at least so many
# In standard deviations: what is let pass at each look, and the sum that is told. Looks share three weeks of four, so
# that one which is high by chance has neighbours that are: what is let pass has to be much.
SLACK, ALARM = 2.0, 2.5
BOTH = 1.3  # the deviation of a difference of two years' shares by that of one; the seven weeks count as 1.5 looks
SAMPLE = 60_000  # users, drawn by a hash of their id: of more, looks would hardly be surer
FEWEST = 1500  # users of a look; the shares of fewer are noise
RECENCY, FREQUENCY = (1, 3, 7, 14, 21, 30, 45, 60, 90), (2, 3, 5, 8)  # where classes begin
MONTHS, OLD = 90, 180  # days that frequency is counted over; newcomers were not active between both
ALIKE = 5  # users of a class that count as much as those of its recency and frequency at large


@dataclass(frozen=True)
class YearAgo:
    """The newest look. as_of: when its four weeks begin (UTC). silent: the share silent then; like: what it would be as
    of users alike a year ago and by how much that usually differs. sum: of the CUSUM, above 0 for more silence; began:
    the look since which it has risen, or sunk. changed: beyond the alarm."""

    as_of: str
    users: int
    silent: float
    like: float
    sum: float
    began: str
    changed: bool


def year_ago(base: UserBase, at: datetime) -> YearAgo | None:
    """How users stay away now, as far as the logs before ``at`` tell; None where they are shorter than some 24 months,
    or the users too few."""
    config, day = base.config, _day(at) - _day(at) % DAYS  # a fixed grid of weeks: looks do not move from run to run
    looks = LATELY + BEFORE
    first = day - SILENT - DAYS * (looks + YEAR + AROUND) - OLD - 1
    start = max(_day(base.tables.observed_from) + 1, first)
    lookable = [day - SILENT - DAYS * n for n in range(looks)]
    lookable = [one for one in lookable if one - DAYS * (YEAR + AROUND) - OLD > start][::-1]
    if len(lookable) < LATELY + LEAST:
        return None
    active = _active(base, start, day)
    past = _Past(active, start, min(int(config.eligible), max(RECENCY)))
    found = [past.against(one) for one in lookable]
    if not len(active) or min(one[2] for one in found) < FEWEST:
        return None
    gaps = np.array([silent - like for silent, like, _ in found])
    usual, spread = float(gaps[:-LATELY].mean()), float(gaps[:-LATELY].std(ddof=1))
    silent, like, users = found[-1]
    chance = float(np.sqrt(silent * (1 - silent) / users))
    sums = cusum((gaps[-LATELY:] - usual) / max(spread, BOTH * chance, 1e-9))
    total = sums[-1]
    begun = next((n for n in range(LATELY - 1, 0, -1) if sums[n - 1] * total <= 0), 0)
    began = _moment(lookable[-LATELY:][begun])
    return YearAgo(_moment(lookable[-1]), users, silent, like + usual, total, began, abs(total) > ALARM)


def cusum(z: np.ndarray) -> list[float]:
    """The cumulative sums of standardised looks, oldest first: of what is above the slack, or below it, whichever is
    further from 0."""
    high = low = 0.0
    sums = []
    for one in z.tolist():
        high, low = max(0.0, high + one - SLACK), min(0.0, low + one + SLACK)
        sums.append(high if high >= -low else low)
    return sums


def findings(found: YearAgo | None) -> list[Finding]:
    """That users behave otherwise than users alike a year ago."""
    if found is None or not found.changed:
        return []
    more, day = found.sum > 0, found.began[:10]
    en = f"since {day} users stay away {'more' if more else 'less'} than users like them a year ago: "
    en += f"{found.silent:.1%} were silent for {SILENT} days, {found.like:.1%} would be usual; "
    en += "something has changed, see what, and train again"
    zh = f"自 {day} 起，用户比一年前的同类用户{'更少' if more else '更多'}活动："
    zh += f"{found.silent:.1%} 在 {SILENT} 天内没有活动，通常为 {found.like:.1%}；情况已变化，请查明原因并重新训练"
    return [Finding("users changed", f"{SILENT} days", "retrain", Said(en, zh))]


class _Past:
    """Who was active on which day, as running numbers of users by day."""

    def __init__(self, active: np.ndarray, start: int, eligible: int):
        days = np.arange(active.shape[1], dtype=np.int16)
        self.start, self.eligible = start, eligible
        self.last = np.maximum.accumulate(np.where(active, days, np.int16(-1)), axis=1)
        self.count = np.cumsum(active, axis=1, dtype=np.int16)
        self.looks: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def against(self, day: int) -> tuple[float, float, int]:
        """The share silent in the four weeks from ``day`` on, that of users alike a year before, and how many users."""
        users, silent = self._look(day)
        then = [self._look(day - DAYS * (YEAR + week)) for week in range(-AROUND, AROUND + 1)]
        n, y = sum(one for one, _ in then), sum(one for _, one in then)
        both_n, both_y = n.reshape(-1, 2).sum(axis=1), y.reshape(-1, 2).sum(axis=1)  # newcomers and others
        wide = (both_y + y.sum() / max(n.sum(), 1)) / (both_n + 1)  # an empty class is like everybody
        rate = (y + ALIKE * np.repeat(wide, 2)) / (n + ALIKE)
        total = max(users.sum(), 1)
        return float(silent.sum() / total), float(users @ rate / total), int(users.sum())

    def _look(self, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Eligible users by class, and those of them without activity in the four weeks from ``day`` on."""
        if day not in self.looks:
            now, end = day - self.start - 1, day - self.start + SILENT - 1
            recent, older = self.count[:, now - MONTHS], self.count[:, now - OLD]
            silent_for = now - self.last[:, now]
            eligible = (self.last[:, now] >= 0) & (silent_for < self.eligible)
            kind = np.digitize(silent_for, RECENCY) * (len(FREQUENCY) + 1) + np.digitize(
                self.count[:, now] - recent, FREQUENCY
            )
            kind = 2 * kind + (recent > older)
            kinds = 2 * (len(RECENCY) + 1) * (len(FREQUENCY) + 1)
            away = self.count[:, end] == self.count[:, now]
            users = np.bincount(kind[eligible], minlength=kinds).astype(float)
            self.looks[day] = users, np.bincount(kind[eligible & away], minlength=kinds).astype(float)
        return self.looks[day]


def _active(base: UserBase, start: int, end: int) -> np.ndarray:
    """Whether users of the sample were active, shape (users, days) from ``start`` on, before ``end``."""
    rows = activity_rows(base.tables, base.config.churn.activity, ("user_id", "time"))
    begin, close = (ibis.literal(_date(day), "timestamp(6)") for day in (start, end))
    rows = rows.filter((rows.time >= begin) & (rows.time < close))
    users = int(base.con.to_pyarrow(rows.user_id.nunique()).as_py() or 0)
    if users > SAMPLE:
        rows = rows.filter(rows.user_id.cast("string").hash() % -(-users // SAMPLE) == 0)
    day = (rows.time.epoch_seconds() // 86_400).cast("int32")
    found = read(base.con, str(ibis.to_sql(rows.select("user_id", day=day).distinct(), dialect="duckdb")))
    ids = found["user_id"].combine_chunks().dictionary_encode()
    active = np.zeros((len(ids.dictionary), end - start), bool)
    active[ids.indices.to_numpy(zero_copy_only=False), found["day"].to_numpy() - start] = True
    return active


def _day(at: datetime) -> int:
    """Days since 1970."""
    return (at - datetime(1970, 1, 1)) // timedelta(days=1)


def _date(day: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(days=day)


def _moment(day: int) -> str:
    return _date(day).isoformat()
