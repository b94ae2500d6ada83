"""Whether a correction of the churn risk would have helped out of time; only one that did is applied.

At past cutoffs half a horizon apart, a model like the one to correct predicts, trained on the windows that had closed
by then. (One model for all cutoffs would age, and correcting for its age made essec's log loss .009 worse.) At each
cutoff, every correction is fitted on the predictions whose windows had closed by then, and so is judged as it would be
used: on outcomes one horizon ahead. On real logs, corrections made log loss worse as often as better, because seasons
move the base rate. So a correction is applied only where it helped at most cutoffs, beyond chance and by more than
.001, and keeps users apart. ``season`` shifts the mean risk to the base rate forecast from the same season a year
earlier; it is measured but never applied, see ``seasonal_rate``.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import lightgbm as lgb
import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from training.models import boost, churn
from training.models.log_loss import CLIP, log_loss, log_odds
from training.rows.spine import Rows

METHODS = ("platt", "isotonic", "shift")
GAIN = 0.001  # of log loss; less is not worth a correction
FEWEST_TRIALS = 4  # cutoffs to try corrections at, two horizons of them
STEEP = 2.5  # the largest slope of a correction; its inverse is the smallest
STEPS, SPAN = 10, 0.2  # the fewest points of an isotonic correction, and the least range of risks they span
YEAR = timedelta(days=churn.YEAR_DAYS)


@dataclass(frozen=True)
class Correction:
    """A map from risks to corrected risks.

    platt, shift, season: sigmoid(slope · log-odds + intercept). isotonic: a line through the points (x, y).
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
    chosen: the correction to apply; None where none helped, or too few windows have closed to know."""

    trials: tuple[Trial, ...]
    bias: Mapping[datetime, float]
    chosen: Correction | None = None

    def mean(self, method: str) -> float:
        """Mean change of log loss over the cutoffs; NaN where the method was not tried."""
        found = [trial.difference for trial in self.trials if trial.method == method]
        return float(np.mean(found)) if found else float("nan")

    def helped(self, method: str) -> int:
        """At how many cutoffs the method helped beyond chance."""
        return sum(trial.helped for trial in self.trials if trial.method == method)

    def plain(self) -> dict[str, Any]:
        """The results as JSON holds them."""
        methods = dict.fromkeys(trial.method for trial in self.trials)
        return {
            "cutoffs": len({trial.cutoff for trial in self.trials}),
            "log_loss_change": {name: round(self.mean(name), 6) for name in methods},
            "helped_at": {name: self.helped(name) for name in methods},
            "bias": {f"{at:%Y-%m-%dT%H:%M}": round(one, 6) for at, one in self.bias.items()},
            "applied": self.chosen.method if self.chosen else None,
        }


def measure(
    rows: Rows, data: lgb.Dataset, matrix: np.ndarray, window: timedelta, *, seed: int, threads: int, **settings: Any
) -> Calibration:
    """Try every correction on training rows. data, matrix: their features, binned and plain. window: how long after a
    cutoff its labels are known. settings: the churn model's, see ``boost.fit``."""
    cutoffs = np.array(rows.cutoffs)
    oldest = cutoffs[max(len(cutoffs) // 3, 1) - 1]
    older = np.isin(rows.cutoff, np.flatnonzero(cutoffs <= oldest))
    later = [k for k, at in enumerate(cutoffs) if at >= oldest + window and (rows.cutoff == k).any()]
    later = later[::-1][::2][::-1]
    if sum(cutoffs[k] >= cutoffs[later[0]] + window for k in later) < FEWEST_TRIALS if later else True:
        return Calibration((), {})
    if len(np.unique(rows.churned[older])) < 2:
        return Calibration((), {})
    predicted = {}
    for k in later:
        at, known = rows.cutoff == k, np.isin(rows.cutoff, np.flatnonzero(cutoffs + window <= cutoffs[k]))
        weight = churn.season_weight(rows, rows.cutoffs[k])
        model = churn.train(data, rows, seed=seed, threads=threads, weight=weight, mask=known, **settings)
        predicted[rows.cutoffs[k]] = (boost.predict(model, matrix[at], threads), rows.churned[at])
    rates = {
        at: float(rows.churned[rows.cutoff == k].mean()) for k, at in enumerate(cutoffs) if (rows.cutoff == k).any()
    }
    return try_corrections(predicted, rates, window)


def try_corrections(
    predicted: Mapping[datetime, tuple[np.ndarray, np.ndarray]], rates: Mapping[datetime, float], window: timedelta
) -> Calibration:
    """``measure`` from predictions already made.

    predicted: risk and outcome of the users at each cutoff, oldest first, by a model of the windows that had closed by
    then. rates: share of churned users at those cutoffs and older ones.
    """
    trials = []
    for at, (risk, churned) in predicted.items():
        known = [pair for other, pair in predicted.items() if other + window <= at]
        if known:
            before = tuple(np.concatenate(part) for part in zip(*known, strict=True))
            trials += [_trial(fit(name, *before), at, risk, churned) for name in METHODS]
            rate = seasonal_rate({day: one for day, one in rates.items() if day + window <= at}, at, window)
            if rate is not None:
                trials.append(_trial(to_rate(risk, rate), at, risk, churned))
    found = Calibration(tuple(trials), {at: float(risk.mean() - y.mean()) for at, (risk, y) in predicted.items()})
    count = len({trial.cutoff for trial in trials})
    good = [name for name in METHODS if 2 * found.helped(name) > count and found.mean(name) < -GAIN]
    if not good or count < FEWEST_TRIALS:
        return found
    risk, churned = (np.concatenate(part) for part in zip(*predicted.values(), strict=True))
    fitted = [one for one in (fit(name, risk, churned) for name in sorted(good, key=found.mean)) if one.gentle]
    return Calibration(found.trials, found.bias, fitted[0] if fitted else None)


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


def to_rate(risk: np.ndarray, rate: float, method: str = "season") -> Correction:
    """The shift of the log-odds that makes the mean risk ``rate``."""
    odds, rate = log_odds(risk), float(np.clip(rate, CLIP, 1 - CLIP))
    return Correction(method, 1.0, float(brentq(lambda by: expit(odds + by).mean() - rate, -40, 40)))


def seasonal_rate(rates: Mapping[datetime, float], at: datetime, window: timedelta) -> float | None:
    """The churn rate forecast for ``at``: the rate a year before, plus the change over one year of the newest known
    rate, in log-odds (seasonal naive with drift). None where the rates do not reach back far enough.

    The rate of a day stands in for that of another at most an eighth of the window away.
    """

    def near(day: datetime) -> float | None:
        best = min(rates, key=lambda other: abs(other - day), default=None)
        return None if best is None or abs(best - day) > window / 8 else float(log_odds(np.array(rates[best])))

    last = max(rates, default=None)
    if last is None:
        return None
    year_ago, now, then = near(at - YEAR), near(last), near(last - YEAR)
    if year_ago is None or now is None or then is None:
        return None
    return float(expit(year_ago + now - then))


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
