"""The churn curve: the probability of no activity in horizons other than H, built outwards from the risk at H.

As the horizon grows, the probability of no activity can only fall. Each horizon's model tells the step from its
neighbour towards H: a shorter one, who of those back within the neighbour's days come back only after its own; a longer
one, who of those not back within the neighbour's days stay away for its own:

    shorter: risk(d) = risk(n) + (1 − risk(n)) · P(back from day d on | back before n)
    longer:  risk(d) = risk(n) · P(not back before d | not back before n)

So no two horizons can contradict each other, and the data say how far apart they are. Models of each horizon by itself
did, for 1.7 % of cdnow's users, 4.7 % of essec's, 29 % of dunnhumby's and 2.9 % of the demo's high band, who got one
risk at two horizons from a monotone pass. Out of time, on seven definitions, steps had the better log loss at 15 of 21
horizons, .0011 on average over all, and the worse at 5, by at most .0013 but for essec's 30 days of 365 (.005).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow.compute as pc

from features.config import Config
from training.models import boost
from training.models.churn import FEWEST_OF_EITHER
from training.rows.spine import Rows

FEWEST_CUTOFFS = 3  # from fewer a horizon is left out
MOST = 20_000  # rows per horizon, about: these models are to cost less than the one for H, which learns from all rows


def train(
    config: Config, data: lgb.Dataset, rows: Rows, *, threads: int, weight: np.ndarray | None, **settings: Any
) -> tuple[dict[str, str], dict[str, str]]:
    """The boosters of the other horizons as text, by ``name``; and the horizons left out, in days → why.

    data: the rows' features, binned. weight: one entry per row, or None. settings: LightGBM's, see ``boost.fit``. A
    horizon learns only from cutoffs whose rows were observed for all of it (``Rows.observed``), and of these from the
    rows that its neighbour towards H leaves open.
    """
    boosters, left_out = {}, {}
    chance = _chance(config, rows)
    for days, neighbours in _outwards(config.curve, config.horizon):
        near = next(one for one in neighbours if one == config.horizon or name(one) in boosters)
        known = np.asarray(rows.observed) >= days
        back_then, back = rows.days_to_return < near, rows.days_to_return < days  # NaN: not seen again
        mask = known[rows.cutoff] & (back_then if days < near else ~back_then)
        by, later = int(back[mask].sum()), int((~back[mask]).sum())
        if known.sum() < FEWEST_CUTOFFS:
            left_out[f"{days:g}"] = f"its window has closed at {known.sum()} cutoffs, {FEWEST_CUTOFFS} are needed"
        elif min(by, later) < FEWEST_OF_EITHER:
            whose = f"{'' if days < near else 'not '}back within {near:g} days"
            left_out[f"{days:g}"] = (
                f"of the rows {whose}, {by:,} were back within {days:g} and {later:,} were not, {FEWEST_OF_EITHER} of "
                "each are needed"
            )
        else:
            boosters[name(days)] = boost.fit(
                "binary",
                data,
                (~back).astype(float),
                seed=config.train.seed,
                threads=threads,
                weight=weight,
                mask=mask & (chance < MOST / mask.sum()),
                **settings,
            )
    return boosters, left_out


@lru_cache(maxsize=64)
def _outwards(curve: tuple[float, ...], horizon: float) -> tuple[tuple[float, tuple[float, ...]], ...]:
    """The horizons other than H, outwards from it, each with those between, the nearest to it first, and H."""
    found: list[tuple[float, tuple[float, ...]]] = []
    for side in (sorted((d for d in curve if d < horizon), reverse=True), sorted(d for d in curve if d > horizon)):
        found += [(days, (*reversed(side[:at]), horizon)) for at, days in enumerate(side)]
    return tuple(found)


def name(days: float) -> str:
    """The name of the booster and the score of a horizon other than H: churn_7d."""
    return f"churn_{days:g}d"


def others(boosters: Iterable[str]) -> tuple[float, ...]:
    """The horizons other than H that have boosters, in days, shortest first."""
    return _others(tuple(boosters))


@lru_cache(maxsize=64)
def _others(boosters: tuple[str, ...]) -> tuple[float, ...]:
    found = (re.fullmatch(r"churn_(\d+(?:\.\d+)?)d", one) for one in boosters)
    return tuple(sorted(float(match[1]) for match in found if match))


def predict(
    boosters: Mapping[str, str], horizon: float, booster: Callable[[str], np.ndarray], churn_risk: np.ndarray
) -> dict[str, np.ndarray]:
    """The probability of no activity by horizon (``name``), never to rise with the horizon, ``churn_risk`` included.

    booster: predictions of a booster by its name. churn_risk: at the horizon H, shape (users,).
    """
    risks = {horizon: churn_risk}
    days = others(boosters)
    for one, neighbours in _outwards(days, horizon):
        near, step = risks[neighbours[0]], booster(name(one))
        risks[one] = near + (1 - near) * step if one < horizon else near * step
    return {name(one): risks[one] for one in days}


def alike(risk: np.ndarray) -> np.ndarray:
    """Which users have one risk at two horizons, of risks of shape (users, horizons): where a step was told as 0."""
    return (np.diff(risk, axis=1) == 0).any(axis=1)


def describe(horizon: float, boosters: Iterable[str], left_out: Mapping[str, str], risk: np.ndarray) -> str:
    """The curve in a line of text: its horizons, how many users have one risk at two of them, and why others were left
    out. risk: of some users, shape (users, horizons)."""
    kept = ", ".join(f"{one:g}" for one in sorted([horizon, *others(boosters)]))
    same = f"one risk at two horizons for {int(alike(risk).sum()):,} of {len(risk):,} users"
    return "; ".join([f"churn curve: {kept} days, {same}", *(f"without {one}: {why}" for one, why in left_out.items())])


def _chance(config: Config, rows: Rows) -> np.ndarray:
    """A random number of each row's user, 0 to 1: rows below a share are all rows of so large a sample of users."""
    codes = pc.dictionary_encode(rows.user_id.combine_chunks()).indices.to_numpy()
    return np.random.default_rng(config.train.seed).random(codes.max(initial=-1) + 1)[codes]
