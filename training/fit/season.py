"""Last year's season: the base rate of the same days a year ago, carried on by what has changed since.

In log-odds, the rate expected of a window is that of a year before, plus the newest closed window's change against the
same window a year before it. Rates compare only users whose silence is no longer than the history that there was a year
ago: in a young log, nobody can have been silent for long. It is looked at only where the activity of two years goes
together month by month, and applied only where it helped at past cutoffs (training.models.calibration): on logs without
a season, the year before is another year.
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
from training.models.calibration import Expected
from training.models.log_loss import CLIP
from training.rows.base_rates import base_rate, monthly_activity
from training.rows.labels import DAY, ahead, window

ALIKE = 0.75  # correlation of two years' months, each freed of its trend
SLACK = 1  # days: logs of exactly two years begin some hours after midnight
Rate = Callable[[datetime, float], float | None]


@dataclass(frozen=True)
class Season:
    """alike: how two years' months go together; None where there are no two years. at: what was expected at past
    cutoffs, by their number. now: of the cutoff to come."""

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
    if days_between(first, test, zone) < 2 * WHOLE_YEAR - SLACK:
        return Season()
    alike = together(monthly_activity(base, test))
    if alike is None or not alike > ALIKE:
        return Season(alike)
    kept: dict[tuple[datetime, float], float | None] = {}

    def rate(at: datetime, silence: float) -> float | None:
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

    rate: the churn rate at a cutoff among users silent for at most so many days, or None. history: days of logs before
    a cutoff. None where there was less than a horizon of history, or a rate is not known.
    """
    silence, older = history(year_ago), history(last_year_ago)
    if older < horizon:
        return None
    rates = (rate(year_ago, silence), rate(last, older), rate(last_year_ago, older))
    if any(one is None for one in rates):
        return None
    then, now, before = (float(logit(np.clip(one, CLIP, 1 - CLIP))) for one in rates if one is not None)
    return Expected(float(expit(then + now - before)), silence)


def together(months: Sequence[float] | np.ndarray) -> float | None:
    """The correlation of two years' months of activity, in logarithms and without the trend over both years.

    None where a year does not vary.
    """
    counts = np.log1p(np.asarray(months, float))
    half = len(counts) // 2
    step = (counts[half:].mean() - counts[:half].mean()) / half  # between the years, so that no season bends it
    flat = counts - step * np.arange(len(counts))
    old, new = flat[:half], flat[half:]
    if old.std() < 1e-9 or new.std() < 1e-9:
        return None
    return float(np.corrcoef(old, new)[0, 1])
