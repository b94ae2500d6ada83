"""Expected remaining lifetime and lifetime value, with an interval, from how users like these fared before.

Over the next K horizons of H days each (``[value] lifetime_horizons``), p_k the probability of activity in the k-th:

    lifetime_days  = H · Σ p_k
    lifetime_value = Σ p_k · value_if_stays · H / value horizon · f

p_1 is 1 − churn_risk. For the other closed windows, p_k is the share of users with a similar risk who were active k
horizons after past cutoffs: a retention curve by group, as in Fader and Hardie, "How to project customer retention"
(2007). Beyond the closed windows, each group loses users at the rate seen in the later half of them (a ratio of sums,
as in the chain ladder of actuaries, shrunk to everybody's). That rate falls as 1 / (k + m), m the middle of the later
half, because those likely to leave leave first: the form of their model, the shifted beta-geometric. f is the actual
over the predicted value, in the closed windows, of users with a similar predicted value; the interval holds 80 % of
these ratios.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

COLUMNS = ("lifetime_days", "lifetime_value", "lifetime_value_low", "lifetime_value_high")
GROUPS, GROUP_SIZE = 20, 100  # groups at most, users in each at least
SHRINK = 100  # everybody's ratio counts like this many active users in that of a group
OUTSIDE = 0.1  # share of users on either side of the interval


@dataclass(frozen=True)
class Lifetime:
    """The tables, frozen at training, that lifetimes are predicted from.

    closed: how many horizons were measured; the others are extrapolated. risk: mean risk by group, rising. active: for
    each horizon ahead, the share of active users by group of risk. value: mean predicted value over the closed horizons
    by group, rising. factor, low, high: actual over predicted value by group of value: mean and ends of the interval.
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
        """The tables as arrays, kept: making them takes longer than a look-up for one user."""
        return {name: np.array(getattr(self, name)) for name in ("risk", "active", "value", "factor", "low", "high")}


def measure(
    risk: np.ndarray, value_per_horizon: np.ndarray, active: np.ndarray, value: np.ndarray, horizons: int
) -> Lifetime:
    """Measure the tables on users at past cutoffs.

    risk: predicted then, (users,). value_per_horizon: predicted value over one horizon if the user stays, (users,).
    active: whether there was activity in each closed horizon, (users, closed); closed is at least 2, or all of
    ``horizons``. value: the actual value over all closed horizons, (users,).
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
    predicted = activity(found, risk)[:, :closed].sum(axis=1) * value_per_horizon
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


def predict(
    lifetime: Lifetime | None, horizon: float, risk: np.ndarray, value_per_horizon: np.ndarray
) -> dict[str, np.ndarray]:
    """The COLUMNS for users, from their risk and their predicted value per horizon if they stay; NaN without tables."""
    if lifetime is None:
        return {name: np.full(len(risk), np.nan) for name in COLUMNS}
    chance = activity(lifetime, risk)
    known = chance[:, : lifetime.closed].sum(axis=1) * value_per_horizon
    days = chance.sum(axis=1)
    tables = lifetime._arrays
    value, low, high = (
        days * value_per_horizon * np.interp(known, tables["value"], tables[name]) for name in ("factor", "low", "high")
    )
    # A mean may lie outside an interval that leaves out a few large spenders. Readers would take that for a mistake.
    return dict(zip(COLUMNS, (horizon * days, value, np.minimum(low, value), np.maximum(high, value)), strict=True))


def from_json(content: Mapping[str, Any] | None) -> Lifetime | None:
    """The tables from JSON of what ``dataclasses.asdict`` made of them, or None."""
    if content is None:
        return None
    rows = _rows(content["active"])
    values: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in content.items()}
    return Lifetime(**values | {"active": rows})


def _interval(ratio: np.ndarray) -> tuple[float, float]:
    """The middle 80 % of actual over predicted. Where more than a tenth of users spent nothing, nobody lies below 0,
    so it is 0 to the 80th percentile."""
    if np.mean(ratio <= 0) > OUTSIDE:
        return 0.0, max(float(np.quantile(ratio, 1 - 2 * OUTSIDE)), 0.0)
    low, high = np.quantile(ratio, [OUTSIDE, 1 - OUTSIDE])
    return float(low), float(high)


def _groups(by: np.ndarray) -> list[np.ndarray]:
    """The indices of users in groups of equal size, lowest first."""
    return np.array_split(np.argsort(by, kind="stable"), max(1, min(GROUPS, len(by) // GROUP_SIZE)))


def _means(values: np.ndarray, groups: Sequence[np.ndarray]) -> tuple[float, ...]:
    return tuple(float(values[group].mean()) for group in groups)


def _rows(table: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in row) for row in table)
