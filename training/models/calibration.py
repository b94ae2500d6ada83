"""Whether a correction of the churn risk would have helped out of time; only one that did is applied.

At past cutoffs half a horizon apart, a model like the one to correct predicts, trained on the windows that had closed
by then. (One model for all cutoffs would age, and correcting for its age made essec's log loss .009 worse.) At each
cutoff, every correction is fitted on the predictions whose windows had closed by then, and so is judged as it would be
used: on outcomes one horizon ahead. On real logs, corrections made log loss worse as often as better, because seasons
move the base rate. So a correction is applied only where it helped at most cutoffs, beyond chance and by more than
.001, and keeps users apart. Two more shift the level: ``newest`` by the bias of the newest closed window, where that
is beyond 10 points and beyond noise, and ``season`` to the base rate that last year's season lets expect, see
training.fit.season; that one also where it is clearly more than what it missed at past cutoffs.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import lightgbm as lgb
import numpy as np
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from training.models import boost, churn, season_shift
from training.models.log_loss import log_loss, log_odds
from training.models.season_shift import Expected, Said
from training.rows.spine import Rows

METHODS = ("platt", "isotonic", "shift")
NEWEST, SEASON = "newest", "season"
FAR, NOISE = 0.1, 3.0  # a bias beyond both, as a share and in standard errors, is drift
GAIN = 0.001  # of log loss; less is not worth a correction
FEWEST_TRIALS = 4  # cutoffs to try corrections at, two horizons of them
STEEP = 2.5  # the largest slope of a correction; its inverse is the smallest
STEPS, SPAN = 10, 0.2  # the fewest points of an isotonic correction, and the least range of risks they span


@dataclass(frozen=True)
class Correction:
    """A map from risks to corrected risks.

    platt, shift, newest, season: sigmoid(slope · log-odds + intercept). isotonic: a line through the points (x, y).
    """

    method: str
    slope: float = 1.0
    intercept: float = 0.0
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()

    def __call__(self, risk: np.ndarray) -> np.ndarray:
        """Corrected risks, in the same order of users, except that isotonic makes ties."""
        if self.method == "isotonic":
            return np.interp(risk, self.x, self.y)
        return expit(self.slope * log_odds(risk) + self.intercept)

    @property
    def gentle(self) -> bool:
        """Whether users stay apart: a correction fitted on models that told nobody apart makes all risks alike."""
        if self.method == "isotonic":
            return len(self.x) >= STEPS and self.x[-1] - self.x[0] > SPAN
        return 1 / STEEP <= self.slope <= STEEP


@dataclass(frozen=True)
class Trial:
    """A correction at one past cutoff: its change of the log loss (below 0: better), with its 95 % interval."""

    method: str
    cutoff: datetime
    difference: float
    low: float
    high: float

    @property
    def helped(self) -> bool:
        return self.difference < -GAIN and self.high < 0


@dataclass(frozen=True)
class Calibration:
    """trials: every correction at every cutoff. bias: predicted minus observed share of churned users at each cutoff.
    chosen: the correction to apply; None where none helped, or too few windows have closed to know. season: what last
    year's season says today; season_off: by how much it was off at past cutoffs, in log-odds."""

    trials: tuple[Trial, ...]
    bias: Mapping[datetime, float]
    chosen: Correction | None = None
    season: Said | None = None
    season_off: float | None = None

    def mean(self, method: str) -> float:
        """Mean change of log loss over the cutoffs; NaN where the method was not tried."""
        found = [trial.difference for trial in self.trials if trial.method == method]
        return float(np.mean(found)) if found else float("nan")

    def helped(self, method: str) -> int:
        """At how many cutoffs the method helped beyond chance."""
        return sum(trial.helped for trial in self.trials if trial.method == method)

    def tried(self, method: str) -> int:
        """At how many cutoffs the method would have changed anything."""
        return sum(trial.method == method for trial in self.trials)

    def total(self, method: str) -> float:
        """Change of log loss over all cutoffs together; none where the method would not have been applied."""
        return float(sum(trial.difference for trial in self.trials if trial.method == method))

    def plain(self) -> dict[str, Any]:
        """The results as JSON holds them."""
        methods = dict.fromkeys(trial.method for trial in self.trials)
        return {
            "cutoffs": len({trial.cutoff for trial in self.trials}),
            "log_loss_change": {name: round(self.mean(name), 6) for name in methods},
            "helped_at": {name: self.helped(name) for name in methods},
            "tried_at": {name: self.tried(name) for name in methods},
            "bias": {f"{at:%Y-%m-%dT%H:%M}": round(one, 6) for at, one in self.bias.items()},
            "season_shift": None if self.season is None else round(self.season.shift, 6),
            "season_off": None if self.season_off is None else round(self.season_off, 6),
            "applied": self.chosen.method if self.chosen else None,
        }


def measure(
    rows: Rows,
    data: lgb.Dataset,
    matrix: np.ndarray,
    window: timedelta,
    *,
    seed: int,
    threads: int,
    newest: int | None = None,
    season: Mapping[int, Expected] | None = None,
    now: Said | None = None,
    **settings: Any,
) -> Calibration:
    """Try every correction on training rows. data, matrix: their features, binned and plain. window: how long after a
    cutoff its labels are known. newest: how many cutoffs each model learns from, None = all. season: what last year's
    season let expect, by the number of the cutoff; now: what it says today. settings: the churn model's, see
    ``boost.fit``."""
    later = trial_cutoffs(rows, window)
    cutoffs, predicted = np.array(rows.cutoffs), {}
    seasons: dict[datetime, Said] = {}
    for k in later:
        at, known = rows.cutoff == k, np.flatnonzero(cutoffs + window <= cutoffs[k])
        known = known[-newest:] if newest else known
        mask = np.isin(rows.cutoff, known)
        if len(np.unique(rows.churned[mask])) < 2:
            continue
        weight = churn.season_weight(rows, rows.cutoffs[k], known if newest else None)
        model = churn.train(data, rows, seed=seed, threads=threads, weight=weight, mask=mask, **settings)
        risk = boost.predict(model, matrix[at], threads)
        predicted[rows.cutoffs[k]] = (risk, rows.churned[at])
        if season and k in season:
            found = season[k].said(risk, rows.features["days_since_active"][at], rows.churned[at])
            seasons |= {rows.cutoffs[k]: found} if found else {}
    return try_corrections(predicted, window, seasons, now)


def trial_cutoffs(rows: Rows, window: timedelta) -> list[int]:
    """The numbers of the cutoffs to predict at, half a horizon apart; empty where too few windows have closed."""
    cutoffs = np.array(rows.cutoffs)
    oldest = cutoffs[max(len(cutoffs) // 3, 1) - 1]
    older = np.isin(rows.cutoff, np.flatnonzero(cutoffs <= oldest))
    later = [k for k, at in enumerate(cutoffs) if at >= oldest + window and (rows.cutoff == k).any()]
    later = later[::-1][::2][::-1]
    if sum(cutoffs[k] >= cutoffs[later[0]] + window for k in later) < FEWEST_TRIALS if later else True:
        return []
    return later if len(np.unique(rows.churned[older])) == 2 else []


def try_corrections(
    predicted: Mapping[datetime, tuple[np.ndarray, np.ndarray]],
    window: timedelta,
    seasons: Mapping[datetime, Said] | None = None,
    now: Said | None = None,
) -> Calibration:
    """``measure`` from predictions already made.

    predicted: risk and outcome of the users at each cutoff, oldest first, by a model of the windows that had closed by
    then. seasons: what last year's season said there; now: what it says today.
    """
    trials: list[Trial] = []
    seasons = seasons or {}
    for at, (risk, churned) in predicted.items():
        known = [pair for other, pair in predicted.items() if other + window <= at]
        if known:
            before = tuple(np.concatenate(part) for part in zip(*known, strict=True))
            trials += [_trial(fit(name, *before), at, risk, churned) for name in METHODS]
            shift = newest_shift(*known[-1])
            trials += [_trial(shift, at, risk, churned)] if shift else []
            season = _season(seasons[at].shrunk()) if at in seasons else None
            trials += [_trial(season, at, risk, churned)] if season else []
    found = Calibration(tuple(trials), {at: float(risk.mean() - y.mean()) for at, (risk, y) in predicted.items()})
    found = replace(found, season=now, season_off=season_shift.off_by(seasons.values()) if now else None)
    count = len({trial.cutoff for trial in trials})
    if count < FEWEST_TRIALS:
        return found
    good = [name for name in METHODS if 2 * found.helped(name) > count and found.mean(name) < -GAIN]
    risk, churned = (np.concatenate(part) for part in zip(*predicted.values(), strict=True))
    fitted = [one for one in (fit(name, risk, churned) for name in good) if one.gentle]
    shift = newest_shift(*list(predicted.values())[-1])
    fitted += [shift] if shift and _pays(found, NEWEST) else []
    year = _season(season_shift.clear(now, seasons.values())) if now else None
    if now and not year and _pays(found, SEASON):
        year = _season(now.shrunk())
    fitted += [year] if year else []
    best = min(fitted, key=lambda one: found.total(one.method), default=None)
    return replace(found, chosen=best)


def _season(shift: float | None) -> Correction | None:
    return None if shift is None else Correction(SEASON, 1.0, shift)


def _pays(found: Calibration, method: str) -> bool:
    """Whether a shift of the level helped at most of the cutoffs where it would have been applied, and in the mean."""
    better = sum(trial.method == method and trial.difference < 0 for trial in found.trials)
    return 2 * better > found.tried(method) and found.mean(method) < -GAIN


def far_off(predicted: float, churned: float, users: int) -> bool:
    """Whether the mean risk of so many users is off by more than 10 points and beyond noise."""
    error = np.sqrt(max(predicted * (1 - predicted), 1e-12) / max(users, 1))
    return bool(abs(predicted - churned) > max(FAR, NOISE * error))


def newest_shift(risk: np.ndarray, churned: np.ndarray) -> Correction | None:
    """The shift that takes a closed window's mean risk to what came; None where the bias is no drift."""
    rate = float(churned.mean())
    return to_rate(risk, rate, NEWEST) if far_off(float(risk.mean()), rate, len(risk)) else None


def fit(method: str, risk: np.ndarray, churned: np.ndarray) -> Correction:
    """A correction fitted on risks and outcomes; it changes nothing where only one outcome occurred."""
    if len(np.unique(churned)) < 2:
        return Correction(method if method != "isotonic" else "shift")
    if method == "shift":
        return to_rate(risk, float(churned.mean()), "shift")
    if method == "platt":
        model = LogisticRegression(C=1e6).fit(log_odds(risk)[:, None], churned)
        return Correction("platt", float(model.coef_[0, 0]), float(model.intercept_[0]))
    steps = IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip").fit(risk, churned)
    return Correction("isotonic", x=tuple(map(float, steps.X_thresholds_)), y=tuple(map(float, steps.y_thresholds_)))


def to_rate(risk: np.ndarray, rate: float, method: str) -> Correction:
    """The shift of the log-odds that makes the mean risk ``rate``."""
    return Correction(method, 1.0, season_shift.shift_to(risk, rate))


def restore(content: Mapping[str, Any] | None) -> Correction | None:
    """A correction from what ``plain_correction`` made of it."""
    return Correction(**{**content, "x": tuple(content["x"]), "y": tuple(content["y"])}) if content else None


def plain_correction(correction: Correction | None) -> dict[str, Any] | None:
    """A correction as JSON holds it."""
    return asdict(correction) if correction else None


def _trial(correction: Correction, at: datetime, risk: np.ndarray, churned: np.ndarray) -> Trial:
    change = log_loss(correction(risk), churned) - log_loss(risk, churned)
    error = 1.96 * float(change.std()) / np.sqrt(len(change))
    return Trial(
        correction.method, at, float(change.mean()), float(change.mean() - error), float(change.mean() + error)
    )
