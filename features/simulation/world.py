"""How a simulated world departs from the quiet one: season, drift, newcomers, users from before the logs, contacts."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from features.errors import BadInput
from features.simulation.story import DAY

TIME = pa.timestamp("us", tz="UTC")
WEEKDAY = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.2, 0.9])  # Monday first
YEAR, PEAK_DAY = 365.25, 349  # 1970-01-01 was a Thursday, and 349 days later it was mid-December
QUIET = "sine:0.2"
LIFT_MOST = 4.0  # no contact raises orders more: the rate from which days are thinned
# Kind → factors of a contact on hazard and on orders, and those of the kind itself on hazard and order rate.
KINDS = {
    "sure_thing": (1.0, 1.0, 0.6, 1.1),
    "persuadable": (0.1, LIFT_MOST, 1.0, 1.0),
    "lost_cause": (1.0, 1.0, 3.0, 0.6),
    "sleeping_dog": (3.0, 0.3, 1.0, 1.0),
}
KIND_BY_CHANNEL = np.array(  # a row for each of CHANNELS: what a model can learn of the kinds
    [
        [0.4, 0.4, 0.1, 0.1],
        [0.0, 0.75, 0.2, 0.05],
        [0.7, 0.2, 0.0, 0.1],
        [0.1, 0.1, 0.4, 0.4],
        [0.25, 0.25, 0.25, 0.25],
    ]
)


def _bump(days: np.ndarray, middle: float) -> np.ndarray:
    return np.exp(-(((days - middle) / 20) ** 2) / 2)


_HIGHEST = float((_bump(np.arange(-30, 80, 0.1), 0) - _bump(np.arange(-30, 80, 0.1), 50)).max())


@dataclass(frozen=True)
class World:
    """What is unlike the quiet world; the defaults are the quiet world, whose rows are those of every old seed.

    season: shape and strength of the year, `sine:0.3` or `christmas:0.6`. Rates are multiplied by 1 + strength at the
    peak in mid-December and by 1 - strength at the lowest, in mid-June for a sine. Christmas peaks within five weeks,
    sinks as low in early February, and leaves the rest of the year alone.
    drift_day: the first UTC day of the three drifts below; needed where one of them is asked for.
    hazard_factor: multiplies how fast well users start to cool and cooling ones leave.
    arrival_factor: multiplies how many sign up a day; the number of users in all stays, so fewer came before.
    newcomers: the share of those who sign up that are a new kind: a channel never seen before (`social`), fewer and
    smaller orders, a higher hazard.
    days_before: for so many days there were users before the logs begin. 0: the logs are as old as the product.
    contact_effects: what a message does depends on the user: persuadables, sleeping dogs, lost causes and sure things.

    BadInput where a value is out of its range, or a drift has no day.
    """

    season: str = QUIET
    drift_day: date | None = None
    hazard_factor: float = 1.0
    arrival_factor: float = 1.0
    newcomers: float = 0.0
    days_before: int = 0
    contact_effects: bool = False

    def __post_init__(self) -> None:
        season(self.season)
        for name in ("hazard_factor", "arrival_factor"):
            if not 0.01 <= getattr(self, name) <= 100:
                raise BadInput(f"simulate: {name} = {getattr(self, name)}: take a factor from 0.01 to 100")
        if not 0 <= self.newcomers <= 1:
            raise BadInput(f"simulate: newcomers = {self.newcomers}: take a share from 0 to 1")
        if self.days_before < 0:
            raise BadInput(f"simulate: days_before = {self.days_before}: take 0 or more days")
        if self.drifts != (self.drift_day is not None):
            cure = "name a drift_day" if self.drifts else "name a hazard_factor, an arrival_factor or newcomers"
            raise BadInput(f"simulate: drift_day = {self.drift_day}: a drift is a day and what changes then; {cure}")

    @property
    def drifts(self) -> bool:
        """Whether anything changes from a day on."""
        return (self.hazard_factor, self.arrival_factor, self.newcomers) != (1, 1, 0)

    def first_drift(self, start: int, until: int) -> int:
        """The day, counted from 1970-01-01, of the drifts; `until`, the log's end, where nothing drifts.

        BadInput where it is not within the logs, which begin at `start`.
        """
        if self.drift_day is None:
            return until
        if not start < (found := day(self.drift_day)) < until:
            ends = " to ".join(str(np.datetime64(at, "D")) for at in (start + 1, until - 1))
            raise BadInput(f"simulate: drift_day = {self.drift_day} is not within the logs; take a day from {ends}")
        return found


def season(text: str) -> tuple[str, float]:
    """Shape and strength of a season written as `sine:0.3`. BadInput where it is not."""
    shape, _, strength = text.partition(":")
    try:
        found = float(strength)
    except ValueError:
        found = np.nan
    if shape not in ("sine", "christmas") or not 0 <= found < 1:
        raise BadInput(f"simulate: season = {text!r}: write sine:0.3 or christmas:0.6, the strength from 0 to below 1")
    return shape, found


def seasonal(days: np.ndarray, text: str = QUIET) -> np.ndarray:
    """The factor of season and weekday on all rates, on days counted from 1970-01-01."""
    shape, strength = season(text)
    if shape == "sine":
        yearly = np.cos(2 * np.pi * (days - PEAK_DAY) / YEAR)
    else:
        since = (days - PEAK_DAY + YEAR / 2) % YEAR - YEAR / 2
        yearly = (_bump(since, 0) - _bump(since, 50)) / _HIGHEST
    return (1 + strength * yearly) * WEEKDAY[(days + 3) % 7]


def highest(text: str) -> float:
    """No day's factor is higher."""
    return float((1 + season(text)[1]) * WEEKDAY.max())


def day(moment: date) -> int:
    """Days from 1970-01-01 to a date, or to a midnight UTC (a datetime without a zone is read as UTC)."""
    if (moment_us := pa.scalar(pd.Timestamp(moment), TIME).value) % DAY:
        raise BadInput(f"simulate: {moment} is no midnight UTC, and the days here are whole")
    return moment_us // DAY


QUIET_WORLD = World()
