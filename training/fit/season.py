"""Last year's season: the base rate of the same days a year ago, carried on by what has changed since.

In log-odds, the rate expected of a window is that of a year before, plus the newest closed window's change against the
same window a year before it. Rates compare only users whose silence is no longer than the history that there was a year
ago: in a young log, nobody can have been silent for long. It is looked at only where the activity of two years goes
together month by month, and applied only where it helped at the past cutoffs that could try it, or is clearly more than
what it missed there (training.models.calibration): on logs without a season, the year before is another year.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from scipy.special import expit, logit

from features.catalogue.feature import WHOLE_YEAR
from features.user_base import UserBase
from features.wall_clock import days_between
from training.models.log_loss import CLIP
from training.models.season_shift import Expected
from training.rows.base_rates import base_rate, monthly_activity
from training.rows.labels import DAY, ahead, window

ALIKE = 0.75  # correlation of two years' months, each freed of its trend
YEAR_MONTHS, FEWEST_PAIRS = 12, 9  # months; two years of logs less a horizon leave nine pairs or more
SWING = 0.05  # of activity, as a share: a year that varies less has no season worth following
Rate = Callable[[datetime, float], tuple[float, int] | None]


@dataclass(frozen=True)
class Season:
    """alike: how two years' months go together; None where the logs are too short or too even to tell. at: what was
    expected at past cutoffs, by their number. now: of the cutoff to come."""

    alike: float | None = None
    at: Mapping[int, Expected] = field(default_factory=dict)
    now: Expected | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "alike": None if self.alike is None else round(self.alike, 4),
            "needed": ALIKE,
            "expected_now": round(self.now.rate, 6) if self.now else None,
        }


def measure(base: UserBase, cutoffs: Mapping[int, datetime], test: datetime) -> Season:
    """Last year's season for a test cutoff and for past cutoffs, by their number; each from what was known then."""
    first, zone = base.tables.observed_from, base.config.project.timezone
    alike = together(monthly_activity(base, test))
    if alike is None or not alike > ALIKE:
        return Season(alike)
    kept: dict[tuple[datetime, float], tuple[float, int] | None] = {}

    def rate(at: datetime, silence: float) -> tuple[float, int] | None:
        key = (at, min(silence, base.config.eligible))
        if key not in kept:
            kept[key] = base_rate(base, at, test, silence)
        return kept[key]

    def back(at: datetime, days: float) -> datetime:
        return ahead(base.config, at, -days)

    def history(at: datetime) -> float:
        return days_between(first, at, zone)

    closing = window(base.config) / DAY

    def look(at: datetime) -> Expected | None:
        last = back(at, closing)
        return expected(rate, history, at, last, back(at, WHOLE_YEAR), back(last, WHOLE_YEAR), base.config.horizon)

    found = {k: one for k, at in cutoffs.items() if (one := look(at))}
    return Season(alike, found, look(test))


def expected(
    rate: Rate,
    history: Callable[[datetime], float],
    at: datetime,
    last: datetime,
    year_ago: datetime,
    last_year_ago: datetime,
    horizon: float,
) -> Expected | None:
    """The rate a year ago, carried on by the change from ``last_year_ago`` to ``last``, the newest closed cutoff.

    rate: the churn rate at a cutoff among users silent for at most so many days, and their number, or None. history:
    days of logs before a cutoff. None where there was less than a horizon of history, or a rate is not known.
    """
    silence, older = history(year_ago), history(last_year_ago)
    if older < horizon:
        return None
    asked = (rate(year_ago, silence), rate(last, older), rate(last_year_ago, older))
    known = [(float(np.clip(share, CLIP, 1 - CLIP)), users) for share, users in filter(None, asked)]
    if len(known) < len(asked):
        return None
    then, now, before = (float(logit(share)) for share, _ in known)
    error = sum(1 / (users * share * (1 - share)) for share, users in known) ** 0.5
    return Expected(float(expit(then + now - before)), silence, error)


def together(months: Sequence[float] | np.ndarray) -> float | None:
    """The correlation of months of activity with those a year before them, in logarithms and without the trend.

    None where there are fewer than nine such pairs, or they hardly vary.
    """
    counts, pairs = np.log1p(np.asarray(months, float)), len(months) - YEAR_MONTHS
    if pairs < FEWEST_PAIRS:
        return None
    step = (counts[YEAR_MONTHS:] - counts[:pairs]).mean() / YEAR_MONTHS  # between years, so that no season bends it
    flat = counts - step * np.arange(len(counts))
    old, new = flat[:pairs], flat[YEAR_MONTHS:]
    if min(old.std(), new.std()) < SWING:
        return None
    return float(np.corrcoef(old, new)[0, 1])
