"""Expected remaining lifetime and lifetime value, with an interval, from what became of users like these.

Over the next K horizons of H days each (``[value] lifetime_horizons``), p_k the probability of activity in the k-th:

    lifetime_days  = H · Σ p_k
    lifetime_value = Σ p_k · value_if_stays · H / value horizon · f

p_1 is 1 − churn_risk. The others are shares of users with such a risk who were active k horizons ahead at past cutoffs
with so many closed windows: a retention curve by group, as in Fader and Hardie, "How to project customer retention"
(2007). Beyond the closed windows each group goes on by the loss from window to window that the later half of them shows
(a ratio of sums, as in the chain ladder of actuaries, shrunk to everybody's), which falls as
1 / (k + m), m the middle of that half, for who is likely to leave leaves first: the form of their model (the shifted
beta-geometric). f is what users with such a predicted value were in fact worth in the closed windows, over what was
predicted; the interval holds 80 % of these ratios.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

COLUMNS = ("lifetime_days", "lifetime_value", "lifetime_value_low", "lifetime_value_high")
GROUPS, FEWEST = 20, 100  # groups at most, users in each at least
SHRINK = 100  # active users whom everybody's ratio stands for in a group's own
OUTSIDE = 0.1  # on either side of the interval


@dataclass(frozen=True)
class Lifetime:
    """What is frozen at training to tell a lifetime.

    closed: horizons measured; the others follow from their ratio. risk: mean risk by group, rising. active: by horizon
    ahead, the share of active users by group of risk. value: mean predicted value over the closed horizons by group,
    rising. factor, low, high: actual over predicted by group of value: the mean and the interval's ends.
    """

    closed: int
    risk: tuple[float, ...]
    active: tuple[tuple[float, ...], ...]
    value: tuple[float, ...]
    factor: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        """The tables as arrays: to make these anew takes longer than to read a user's numbers off them."""
        return {name: np.array(getattr(self, name)) for name in ("risk", "active", "value", "factor", "low", "high")}


def measure(risk: np.ndarray, worth: np.ndarray, active: np.ndarray, value: np.ndarray, horizons: int) -> Lifetime:
    """The tables from users at past cutoffs.

    risk: predicted then, (users,). worth: predicted value of one horizon if the user stays, (users,). active: whether
    there was activity in each closed horizon, (users, closed), at least 2 or all of ``horizons``. value: what came in
    all of them, (users,).
    """
    closed = active.shape[1]
    groups = _groups(risk)
    shares = np.array([active[group].mean(axis=0) for group in groups]).T
    half = max(1, closed // 2)
    early = np.array([active[group, half - 1 : -1].sum() for group in groups], float)
    late = np.array([active[group, half:].sum() for group in groups], float)
    everybody = late.sum() / max(early.sum(), 1.0)
    loss, middle = np.maximum(1 - (late + SHRINK * everybody) / (early + SHRINK), 0.0), (half + closed - 1) / 2
    ahead = [*shares]
    for k in range(closed, horizons):
        ahead.append(ahead[-1] * (1 - loss * 2 * middle / (k + middle)))
    found = Lifetime(closed, _means(risk, groups), _rows(ahead), (0.0,), (0.0,), (0.0,), (0.0,))
    predicted = activity(found, risk)[:, :closed].sum(axis=1) * worth
    if not (predicted > 0).all():  # nobody ever spent
        return found
    groups = _groups(predicted)
    ends = [_interval(value[group] / predicted[group]) for group in groups]
    return Lifetime(
        closed,
        found.risk,
        found.active,
        _means(predicted, groups),
        tuple(max(float(value[group].sum() / predicted[group].sum()), 0.0) for group in groups),
        tuple(low for low, _ in ends),
        tuple(high for _, high in ends),
    )


def activity(lifetime: Lifetime, risk: np.ndarray) -> np.ndarray:
    """The probability of activity in each horizon ahead, shape (users, horizons); the first is 1 − risk."""
    tables = lifetime._arrays
    further = [np.interp(risk, tables["risk"], shares) for shares in tables["active"][1:]]
    return np.column_stack([1 - risk, *further])


def predict(lifetime: Lifetime | None, horizon: float, risk: np.ndarray, worth: np.ndarray) -> dict[str, np.ndarray]:
    """The COLUMNS of users with this risk and this predicted value of one horizon if they stay; NaN without tables."""
    if lifetime is None:
        return {name: np.full(len(risk), np.nan) for name in COLUMNS}
    chance = activity(lifetime, risk)
    known = chance[:, : lifetime.closed].sum(axis=1) * worth
    days = chance.sum(axis=1)
    tables = lifetime._arrays
    value, low, high = (
        days * worth * np.interp(known, tables["value"], tables[name]) for name in ("factor", "low", "high")
    )
    # A mean can lie outside of an interval that leaves a few large spenders out; people would take that for a mistake.
    return dict(zip(COLUMNS, (horizon * days, value, np.minimum(low, value), np.maximum(high, value)), strict=True))


def from_json(content: Mapping[str, Any] | None) -> Lifetime | None:
    """What ``dataclasses.asdict`` made of a Lifetime and JSON kept, or None."""
    if content is None:
        return None
    rows = _rows(content["active"])
    values: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in content.items()}
    return Lifetime(**values | {"active": rows})


def _interval(ratio: np.ndarray) -> tuple[float, float]:
    """The middle 80 % of actual over predicted; where more than the lowest tenth came to nothing, 0 and the 80th
    percentile, for nobody can lie below."""
    if np.mean(ratio <= 0) > OUTSIDE:
        return 0.0, max(float(np.quantile(ratio, 1 - 2 * OUTSIDE)), 0.0)
    low, high = np.quantile(ratio, [OUTSIDE, 1 - OUTSIDE])
    return float(low), float(high)


def _groups(by: np.ndarray) -> list[np.ndarray]:
    """Positions of users in groups of equal size, lowest first."""
    return np.array_split(np.argsort(by, kind="stable"), max(1, min(GROUPS, len(by) // FEWEST)))


def _means(values: np.ndarray, groups: Sequence[np.ndarray]) -> tuple[float, ...]:
    return tuple(float(values[group].mean()) for group in groups)


def _rows(table: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in row) for row in table)
