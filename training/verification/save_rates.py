"""The save rate of a play, and of its groups of users: of those who would have left, the share that the contact kept.

The next run ranks by value at stake × save rate − cost. With the risk r from before the assignment and e = churned − r,

    save rate = (mean e of the holdout − mean e of the treated) / mean r

so the risk takes part of the noise away, and the denominator is no random number: the relative lift by the holdout's
own share, whose interval fails in a small holdout (Fieller 1954), is not needed. The variance of a mean of e is that of
coin tosses by r, times how much more the outcomes of the whole play vary than that (McCullagh & Nelder 1989, the
dispersion of section 4.5): it is never 0, however few users of a group churned.

Groups are drawn to the play's mean by the normal model of Morris (1983, "Parametric empirical Bayes inference", JASA
78). Its spread between groups is not put at one estimate, which is often 0 and makes intervals too narrow, but averaged
over, with a half-Cauchy prior (Gelman 2006, "Prior distributions for variance parameters", Bayesian Analysis 1).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from features.errors import BadInput

SPREAD = 0.3  # scale of the prior of the spread between groups, half of which lies below; .1 left intervals too narrow
GRID = SPREAD * np.tan(np.pi / 2 * (np.arange(400) + 0.5) / 400)  # points of equal prior probability
NORMAL = 1.959964  # 95 % of a normal distribution lie within so many standard deviations


@dataclass(frozen=True)
class SaveRate:
    """treated, holdout: users. raw: from the group alone, NaN without users in both arms. rate: drawn to the play's
    mean, with its 95 % interval; below 0 where the contact did harm. precision: of raw, 1 / variance, 0 = nothing
    known. rarer: users of the smaller arm expected to churn, or to stay, whichever are fewer.
    """

    treated: int
    holdout: int
    raw: float
    rate: float
    low: float
    high: float
    precision: float = 0.0
    rarer: float = 0.0

    @property
    def error(self) -> float:
        """The standard error of the rate."""
        return (self.high - self.low) / (2 * NORMAL)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {key: None if one != one else one for key, one in asdict(self).items()}


@dataclass(frozen=True)
class SaveRates:
    """Of the play as a whole, and by group."""

    play: SaveRate
    groups: dict[str, SaveRate]


def save_rates(
    group: Sequence[str] | pa.ChunkedArray, treated: np.ndarray, churned: np.ndarray, risk: np.ndarray
) -> SaveRates:
    """Save rates by group, such as a stage or a risk band. All by assigned user, shape (users,).

    treated: as assigned, 0 or 1. churned: 0 or 1. risk: of churn without a contact, scored before the assignment.
    Raises BadInput where a risk is missing, or no group has users in both arms.
    """
    names, at = _coded(group)
    t, r = np.asarray(treated, bool), np.asarray(risk, float)
    if not ((r >= 0) & (r <= 1)).all():
        raise BadInput(f"save rates: {(~((r >= 0) & (r <= 1))).sum():,} users have no risk from 0 to 1; leave them out")
    rest = np.asarray(churned, float) - r
    everybody = np.zeros(len(r), int)
    play = _sums(everybody, t, rest, r, 1, 1.0)
    if not play.known.all():
        raise BadInput(f"save rates: {t.sum():,} users in treatment, {(~t).sum():,} in holdout; both arms are needed")
    tosses = float((r * (1 - r)).sum())
    noise = sum(float(((rest[arm] - rest[arm].mean()) ** 2).sum()) for arm in (t, ~t))
    dispersion = noise / tosses if tosses > 0 and noise > 0 else 1.0
    play = _sums(everybody, t, rest, r, 1, dispersion)
    found = _sums(at, t, rest, r, len(names), dispersion)
    if not found.known.any():
        raise BadInput(f"save rates: no group of {', '.join(names[:5])} has users in both arms; use fewer groups")
    rates, errors = drawn(found.raw, found.precision)
    whole = _told(play, play.raw, 1 / np.sqrt(play.precision))[0]
    return SaveRates(whole, dict(zip(names, _told(found, rates, errors), strict=True)))


def _coded(group: Sequence[str] | pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    """The groups in order, and which each user is in."""
    column = group.combine_chunks() if isinstance(group, pa.ChunkedArray) else pa.array(group, pa.string())
    found = column.dictionary_encode()
    names, place = np.unique(np.array(found.dictionary.to_pylist(), str), return_inverse=True)
    return names.tolist(), place[found.indices.to_numpy()]


def pooled(trials: Sequence[SaveRates], distinct: float = 1.0) -> SaveRates:
    """Several trials of one play as one, groups drawn to the play's mean anew.

    Rates of trials are weighted by their precision, and not their users put together: the share held out may differ
    from trial to trial, and so may what users do. distinct: users, each once, among those assigned; what a user does is
    much the same from trial to trial, so more assignments of the same users make nothing surer.
    """
    names = sorted({name for one in trials for name in one.groups})
    play = _together([[one.play for one in trials]], distinct)
    found = _together([[one.groups[name] for one in trials if name in one.groups] for name in names], distinct)
    rates, errors = drawn(found.raw, found.precision)
    whole = _told(play, play.raw, 1 / np.sqrt(play.precision))[0]
    return SaveRates(whole, dict(zip(names, _told(found, rates, errors), strict=True)))


def _together(groups: Sequence[Sequence[SaveRate]], distinct: float) -> "_Sums":
    def total(name: str) -> np.ndarray:
        return np.array([sum(getattr(one, name) for one in group) for group in groups], float)

    precision = total("precision")
    known = precision > 0
    weighted = [sum(one.raw * one.precision for one in group if one.precision) for group in groups]
    raw = np.where(known, np.array(weighted) / np.where(known, precision, 1), np.nan)
    return _Sums(total("treated"), total("holdout"), raw, distinct * precision, known, distinct * total("rarer"))


def drawn(raw: np.ndarray, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimates drawn to their common mean, and their standard errors. precision: 1 / variance, 0 = nothing known.

    For a spread s each estimate has weight w = p / (1 + s² p) in the mean m, and is drawn to m by 1 − s² w (Morris
    1983). The spreads are weighted by their likelihood with m integrated out (Gelman et al., Bayesian Data Analysis,
    equation 5.21), and the variance is the mean of variances plus the variance of means.
    """
    known = precision > 0
    y, square = np.where(known, raw, 0.0), GRID[:, None] ** 2
    weight = precision / (1 + square * precision)
    total = weight.sum(axis=1, keepdims=True)
    middle = (weight * y).sum(axis=1, keepdims=True) / total
    logs = 0.5 * np.log(np.where(known, weight, 1)).sum(axis=1) - 0.5 * (weight * (y - middle) ** 2).sum(axis=1)
    logs -= 0.5 * np.log(total[:, 0])
    likely = np.exp(logs - logs.max())[:, None]
    likely /= likely.sum()
    kept = square * weight  # of the estimate itself; the rest is the mean
    mean = kept * y + (1 - kept) * middle
    variance = square / (1 + square * precision) + (1 - kept) ** 2 / total
    rate = (likely * mean).sum(axis=0)
    return rate, np.sqrt((likely * (variance + (mean - rate) ** 2)).sum(axis=0))


@dataclass(frozen=True)
class _Sums:
    treated: np.ndarray
    holdout: np.ndarray
    raw: np.ndarray
    precision: np.ndarray
    known: np.ndarray
    rarer: np.ndarray


def _sums(at: np.ndarray, t: np.ndarray, rest: np.ndarray, r: np.ndarray, groups: int, dispersion: float) -> _Sums:
    def total(what: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.bincount(at[rows], what[rows], minlength=groups)

    ones, all_ = np.ones(len(r)), np.ones(len(r), bool)
    treated, holdout, users = total(ones, t), total(ones, ~t), total(ones, all_)
    mean, toss = total(r, all_) / users, total(r * (1 - r), all_) / users
    known = (treated > 0) & (holdout > 0) & (toss > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(known, (total(rest, ~t) / holdout - total(rest, t) / treated) / mean, np.nan)
        variance = dispersion * toss * (1 / treated + 1 / holdout) / mean**2
    rarer = np.minimum(treated, holdout) * np.minimum(mean, 1 - mean)
    return _Sums(treated, holdout, raw, np.where(known, 1 / np.where(known, variance, 1), 0.0), known, rarer)


def _told(sums: _Sums, rates: np.ndarray, errors: np.ndarray) -> list[SaveRate]:
    low, high = rates - NORMAL * errors, rates + NORMAL * errors
    rows = zip(sums.treated, sums.holdout, sums.raw, rates, low, high, sums.precision, sums.rarer, strict=True)
    return [SaveRate(int(one), int(two), *map(float, others)) for one, two, *others in rows]
