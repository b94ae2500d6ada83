"""What the simulated channels cost: something every day, and more on days when more users came by them."""

import numpy as np
import pyarrow as pa

from features.simulation.people import generator
from features.simulation.story import CHANNELS, DAY
from features.simulation.world import TIME

PER_USER = {"ads": 12.0, "referral": 5.0, "partner": 8.0, "social": 15.0}  # organic costs nothing
PER_DAY = {"ads": 20.0, "referral": 0.0, "partner": 5.0, "social": 10.0}
WAVES = 0.2  # the standard deviation of a day's factor, as a logarithm


def nobody(days: int) -> np.ndarray:
    """New users by day and channel of the last so many days, none yet."""
    return np.zeros((days, len(CHANNELS)), np.int64)


def count(came: np.ndarray, users: pa.Table, until: int) -> None:
    """Add the users of a block; the last of the days is that before ``until``. Earlier users are passed over."""
    day = users["signup_time"].to_numpy().astype("M8[us]").astype(np.int64) // DAY - until + len(came)
    names = users["channel"].to_numpy()
    for at, name in enumerate(CHANNELS):
        came[:, at] += np.bincount(day[(names == name) & (day >= 0)], minlength=len(came))


def costs(seed: int, came: np.ndarray, until: int) -> pa.Table:
    """A row for each day and channel that costs something: ``time`` (the midnight), ``channel``, ``cost``."""
    rng, days = generator(seed, 0, 5), len(came)
    start = (until - days + np.arange(days)) * DAY
    parts = []
    for name, each in PER_USER.items():
        wave = rng.lognormal(0, WAVES, days)
        cost = np.round((PER_DAY[name] + each * came[:, CHANNELS.index(name)]) * wave, 2)
        spent = np.flatnonzero(cost)
        parts.append(
            pa.table(
                {
                    "time": pa.array(start[spent]).cast(TIME),
                    "channel": pa.array([name] * spent.size, pa.string()),
                    "cost": cost[spent],
                }
            )
        )
    return pa.concat_tables(parts)
