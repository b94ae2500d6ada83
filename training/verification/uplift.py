"""Whom a contact works on: each user's uplift, learned from a trial whose assignment share is known.

Two steps, the doubly-robust learner of Kennedy (2023, "Towards optimal doubly robust estimation of heterogeneous causal
effects", Electronic Journal of Statistics 17). First the outcome is predicted in each arm, m0 and m1, and every user
gets a pseudo-outcome, whose mean over any group of users is that group's effect (Robins, Rotnitzky & Zhao 1994):

    effect = m1 − m0 + (t − p) / (p · (1 − p)) · (y − m_t)

Then the pseudo-outcome is regressed on the features. All three regressions are ridge on standardised features, whose
penalty is the one of the highest marginal likelihood (MacKay 1992): with no effect to tell users apart it is so large
that all get the mean. Everything said of a user comes from users of other folds, and the pseudo-outcomes that his
uplift was learned from as well: with five folds, each regression of the first step leaves out up to two.

On the mail trial of Hillstrom, boosted trees instead of ridge ranked no better (benchmarks/bench_targeting.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.errors import BadInput

FOLDS = 5
FEWEST = 10  # users an arm and fold
FAR = 4.0  # standard deviations from the mean; values beyond count as there, so that one odd user bends no line
SKEWED = 2.0  # skewness of the exponential distribution
PENALTIES = np.logspace(-5, 4, 37)  # per user, on standardised features


@dataclass(frozen=True)
class Design:
    """How features become what is regressed on: standardised, skewed counts and amounts as log(1 + x) too, the missing
    ones at their mean with an indicator.

    logs: positions of the skewed. mean, scale: by column, features first, then logs; scale 0 = constant, left out.
    missing: positions of the features with an indicator.
    """

    names: tuple[str, ...]
    logs: tuple[int, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    missing: tuple[int, ...]

    @classmethod
    def of(cls, x: np.ndarray, names: Sequence[str]) -> "Design":
        """The design of these users. x: (users, features), null is NaN."""
        known = np.isfinite(x)
        mean, scale, skewness = _shape(x)
        logs = np.flatnonzero((np.where(known, x, 0).min(axis=0) >= 0) & (skewness > SKEWED))
        log_mean, log_scale, _ = _shape(_logged(x, logs))
        missing = np.flatnonzero(known.any(axis=0) & ~known.all(axis=0))
        columns = np.append(mean, log_mean), np.append(scale, log_scale)
        return cls(tuple(names), *(tuple(one.tolist()) for one in (logs, *columns, missing)))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Shape (users, 1 + features + logs + indicators), ones first."""
        both, scale = np.hstack([x, _logged(x, self.logs)]), np.array(self.scale)
        z = np.where(np.isfinite(both) & (scale > 0), both - self.mean, 0.0) / np.where(scale > 0, scale, 1.0)
        return np.column_stack([np.ones(len(x)), np.clip(z, -FAR, FAR), ~np.isfinite(x[:, list(self.missing)])])


@dataclass(frozen=True)
class Predictor:
    """What the trial taught, for users who were not in it. Plain numbers: ``plain`` for JSON, ``restore`` back.

    uplift, response: weights by column of the design.
    """

    design: Design
    uplift: tuple[float, ...]
    response: tuple[float, ...]

    def __call__(self, x: np.ndarray, what: str = "uplift") -> np.ndarray:
        """The uplift of each user, or with what="response" the outcome if contacted. x: (users, features), in the
        order of design.names; null is NaN."""
        weights = self.response if what == "response" else self.uplift
        return self.design(_matrix(x, self.design.names)) @ np.array(weights)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def restore(plain: Mapping[str, Any]) -> Predictor:
    """The predictor from what ``plain`` gave, also after JSON made its tuples lists."""
    design = {key: tuple(value) for key, value in plain["design"].items()}
    return Predictor(Design(**design), tuple(plain["uplift"]), tuple(plain["response"]))


@dataclass(frozen=True)
class Learned:
    """Out of fold, by user of the trial, shape (users,).

    fold: 0 to folds − 1. uplift: outcome if contacted minus outcome if not, as predicted. response, untouched: the
    outcome if contacted and if not, as predicted. effect: the pseudo-outcome, unbiased for a user's uplift and as noisy
    as an outcome; means of it over users chosen by ``uplift`` are honest.
    """

    fold: np.ndarray
    uplift: np.ndarray
    response: np.ndarray
    untouched: np.ndarray
    effect: np.ndarray
    predictor: Predictor


def learn(
    x: np.ndarray,
    treated: np.ndarray,
    outcome: np.ndarray,
    share: float | np.ndarray,
    names: Sequence[str] | None = None,
    *,
    folds: int = FOLDS,
    seed: int = 0,
) -> Learned:
    """Uplift by user, cross-fitted, and a predictor for others.

    x: features from before the assignment, (users, features), null is NaN. treated: as assigned, 0 or 1, delivered or
    not. outcome: any number, more is better (stayed, not churned). share: of users assigned to treatment, as planned
    and not as counted; by user where it differed. Raises BadInput where an arm is too small to learn from.
    """
    names = tuple(names) if names is not None else tuple(f"x{at}" for at in range(np.shape(x)[-1]))
    x, t, y = _matrix(x, names), np.asarray(treated, float), np.asarray(outcome, float)
    p = np.broadcast_to(np.asarray(share, float), t.shape)
    if not len(x) == len(t) == len(y):
        raise BadInput(
            f"uplift: {len(x):,} rows of features and {len(t):,} users with {len(y):,} outcomes; give one each"
        )
    _checked(t, y, p, folds)
    design = Design.of(x, names)
    columns = design(x)
    fold = _folds(t, folds, seed)
    arms = (t == 0, t == 1)
    sums = np.array(
        [[_moments(columns[(fold == k) & arm], y[(fold == k) & arm]) for arm in arms] for k in range(folds)]
    )

    def outcomes(*without: int) -> np.ndarray:
        """Weights of both arms' regressions, (2, columns), learned from the other folds."""
        return np.array([_ridge(one) for one in np.delete(sums, without, axis=0).sum(axis=0)])

    def effects(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        untouched, response = weights @ columns[rows].T
        rest = y[rows] - np.where(t[rows] == 1, response, untouched)
        return response - untouched + (t[rows] - p[rows]) / (p[rows] * (1 - p[rows])) * rest

    uplift, response, untouched, effect, inner = (np.empty(len(y)) for _ in range(5))
    for k in range(folds):
        here, weights = fold == k, outcomes(k)
        untouched[here], response[here] = weights @ columns[here].T
        effect[here] = effects(here, weights)
        for j in set(range(folds)) - {k}:
            inner[fold == j] = effects(fold == j, outcomes(j, k))
        uplift[here] = columns[here] @ _ridge(_moments(columns[~here], inner[~here]))
    final = _ridge(_moments(columns, effect)), outcomes()[1]
    predictor = Predictor(design, *(tuple(one.tolist()) for one in final))
    return Learned(fold, uplift, response, untouched, effect, predictor)


def _shape(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation and skewness of each column's known values; a constant's last two are 0."""
    known = np.isfinite(x)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0).sum(axis=0) / count
    away = np.where(known, x - mean, 0)
    scale = np.sqrt((away**2).sum(axis=0) / count)
    scale = np.where(scale > 1e-9 * np.abs(mean), scale, 0.0)
    return mean, scale, (away**3).sum(axis=0) / count / np.where(scale > 0, scale, np.inf) ** 3


def _logged(x: np.ndarray, logs: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.log1p(np.maximum(x[:, list(logs)], 0))


def _moments(columns: np.ndarray, y: np.ndarray) -> np.ndarray:
    """All sums that a regression needs: those of several folds add up."""
    both = np.column_stack([columns, y])
    return both.T @ both


def _ridge(moments: np.ndarray) -> np.ndarray:
    """Weights (intercept first, not penalised) by the penalty of the highest marginal likelihood.

    With S = U diag(s) U', the features' sums of squares around their means, and q = U' times the sums of products with
    the outcome, weights of variance σ² / a give −2 log L = (n − 1) · log(Σ y² − Σ q² / (s + a)) + Σ log(1 + s / a).
    """
    n, middle = moments[0, 0], moments[0, 1:] / moments[0, 0]
    around = moments[1:, 1:] - n * np.outer(middle, middle)
    s, turned = np.linalg.eigh(around[:-1, :-1])
    s, q = np.maximum(s, 0), turned.T @ around[:-1, -1]
    a = n * PENALTIES[:, None]
    left = np.maximum(around[-1, -1] - (q**2 / (s + a)).sum(axis=1), 1e-12 * max(around[-1, -1], 1e-300))
    best = a[np.argmin((n - 1) * np.log(left) + np.log1p(s / a).sum(axis=1))]
    slopes = turned @ (q / (s + best))
    return np.concatenate([[middle[-1] - middle[:-1] @ slopes], slopes])


def with_scores(
    x: np.ndarray, names: Sequence[str], risk: np.ndarray, worth: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Features and their names, with what the snapshot says of the user: the risk, the worth, and risk · (1 − risk),
    which is highest where the outcome is in doubt, as many a contact works best on those who have not decided."""
    return np.column_stack([x, risk, risk * (1 - risk), worth]), (*names, "risk", "doubt", "worth")


def _folds(treated: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Folds at random, each with its part of both arms."""
    random, found = np.random.default_rng(seed), np.empty(len(treated), int)
    for arm in (0, 1):
        rows = np.flatnonzero(treated == arm)
        found[random.permutation(rows)] = np.arange(len(rows)) % folds
    return found


def _matrix(x: np.ndarray, names: Sequence[str]) -> np.ndarray:
    x = np.asarray(x, float)
    if x.ndim != 2 or x.shape[1] != len(names):
        raise BadInput(f"uplift: features of shape {x.shape}; give one row a user and {len(names)} columns")
    return x


def _checked(t: np.ndarray, y: np.ndarray, p: np.ndarray, folds: int) -> None:
    if not np.isin(t, (0, 1)).all():
        raise BadInput(f"uplift: arm {t[~np.isin(t, (0, 1))][0]:g}; give 1 for treatment and 0 for holdout")
    if not np.isfinite(y).all():
        raise BadInput(f"uplift: {(~np.isfinite(y)).sum():,} outcomes are null; leave out users whose window is open")
    if not ((p > 0) & (p < 1)).all():
        raise BadInput(f"uplift: assignment share {p[(p <= 0) | (p >= 1)][0]:g}; a trial has one between 0 and 1")
    for arm, name in enumerate(("holdout", "treatment")):
        if (found := int((t == arm).sum())) < FEWEST * folds:
            raise BadInput(f"uplift: {found:,} users in {name}; {FEWEST * folds} are needed at least, or rank by value")
