"""How often users come, and whether they still do, from three numbers per user: the BG/NBD and MBG/NBD models.

While alive, a user comes at random at a rate of their own, gamma(r, alpha) over users, and after each time leaves for
good with a probability of their own, beta(a, b) over users. In BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24)
nobody leaves after the first time; in MBG/NBD (Batislam, Denizel & Filiztekin 2007, IJRM 24) users may, so one who
came only once may be gone.

All arrays here have shape (users,). ``frequency``: how often a user came again after the first time. ``recency``: time
from the first visit to the last, 0 where frequency is 0. ``age``: time from the first visit to now, in the same unit.
Nulls are not accepted. Given these, the rate of a living user is gamma(r + frequency, alpha + age), and the probability
of leaving is beta(a, b + frequency), or b + frequency + 1 in MBG/NBD. The formulas below follow from that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, digamma, expit, gammaln, hyp2f1

from features.errors import BadInput

Model = Literal["bgnbd", "mbgnbd"]
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

STARTS = ((0.5, 0.5, 0.8, 2.0), (1.0, 0.2, 0.2, 5.0), (0.2, 1.0, 1.0, 1.0))  # r, alpha over the mean age, a, b
LIMIT = 10.0  # of each parameter's logarithm: where nobody leaves, or all users are alike, the best fit is infinite
FLAT = 1e-4  # gradient of the mean log-likelihood that counts as none
NEAR = 1e-4  # distance from a pole at which a closed form is no longer exact
TINY = 1e-300  # a quantile that is not 0
MANY = 50_000  # users are enough to find out which start is best


@dataclass(frozen=True)
class Params:
    """A fitted model. alpha is in the unit of the ages it was fitted on, the others have none; all are positive.

    log_likelihood: of all users together, with every constant, so it can be compared with published ones.
    """

    model: Model
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    @property
    def first(self) -> int:
        """1 where a user may leave after the first time (MBG/NBD), else 0."""
        return int(self.model == "mbgnbd")


def fit(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, model: Model = "mbgnbd") -> Params:
    """Maximum likelihood from several fixed starts; for many users, the starts are tried on a sample of them.

    A parameter may end at exp(±10) of the scaled problem, the limit of the model; its probabilities are still right.
    Raises BadInput where the arrays are no histories, nobody came twice, or no start converged.
    """
    frequency, recency, age = (np.asarray(one, float) for one in (frequency, recency, age))
    _check(frequency, recency, age)
    scale = age.mean()
    table = np.column_stack([frequency, recency / scale, age / scale])
    unique, count = np.unique(table, axis=0, return_counts=True)
    x, t_x, t = unique.T
    weight = count / count.sum()

    def objective(logs: np.ndarray) -> tuple[float, np.ndarray]:
        found, slope = _log_likelihood(np.exp(logs), int(model == "mbgnbd"), x, t_x, t)
        return -float(weight @ found), -np.exp(logs) * (slope @ weight)

    starts = np.log(STARTS)
    if len(frequency) > MANY:
        place = spread(len(frequency))
        some = fit(frequency[place], recency[place], age[place], model)
        starts = np.log([[some.r, some.alpha / scale, some.a, some.b]])
    best, value = maximum(objective, starts, LIMIT, f"{model} on {len(frequency):,} users")
    r, alpha, a, b = np.exp(best).tolist()
    units = len(frequency) * value - frequency.sum() * np.log(scale)  # a density per unit of time, once per return
    return Params(model, r, alpha * float(scale), a, b, float(units))


def spread(count: int) -> np.ndarray:
    """MANY indices, evenly spread over ``count`` users."""
    return np.linspace(0, count - 1, MANY).astype(np.int64)


def maximum(objective: Objective, starts: Sequence[np.ndarray], limit: float, what: str) -> tuple[np.ndarray, float]:
    """Maximise a mean log-likelihood within ±limit from several starts (L-BFGS-B); returns the place and the maximum.

    objective: its negative, and the gradient of that. Raises BadInput, naming ``what``, where no start converged.
    """
    options = {"maxiter": 1000, "maxfun": 3000, "ftol": 1e-14, "gtol": 1e-8, "maxcor": 20}
    best = None
    for start in starts:
        found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(-limit, limit)] * len(start),
                         options=options)  # fmt: skip
        flat = np.abs(np.clip(found.x - found.jac, -limit, limit) - found.x).max() < FLAT
        if flat and np.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    if best is None:
        raise BadInput(f"{what}: the fit did not converge; check that the users' times are right, or leave it out")
    return best.x, -float(best.fun)


def alive(params: Params, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Probability that a user has not left for good; in BG/NBD 1 for those who came once."""
    values = np.array([params.r, params.alpha, params.a, params.b])
    return expit(-_log_odds_gone(values, params.first, frequency, recency, age))


def churn_risk(
    params: Params, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: float
) -> np.ndarray:
    """Probability of not coming in ``horizon`` from now on (same unit as age).

    1 − P(alive) · (1 − ((alpha + age) / (alpha + age + horizon))^(r + frequency)). A user can leave only after a visit,
    so leaving does not affect whether a living user's next visit comes.
    """
    comes = -np.expm1(-(params.r + frequency) * np.log1p(horizon / (params.alpha + age)))
    return 1 - alive(params, frequency, recency, age) * comes


def expected_times(
    params: Params, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: float
) -> np.ndarray:
    """How often a user is expected to come in ``horizon`` from now on (Fader, Hardie & Lee 2005, equation 10).

    Uses the closed form after Euler's transformation of 2F1, which takes frequency out of its first two arguments, so
    large frequencies work. 2F1 has poles (a = 1; a + b + frequency = 1 in BG/NBD) where the result has none, and
    overflows for a in the hundreds: there, quadrature takes its place.
    """
    frequency, recency, age = np.broadcast_arrays(*(np.asarray(one, float) for one in (frequency, recency, age)))
    s, b = params.r + frequency, params.b + params.first + frequency
    c, ahead = params.a + b - 1, horizon / (params.alpha + age)
    with np.errstate(all="ignore"):
        other = (1 + ahead) ** (1 - params.a) * hyp2f1(c - s, params.a - 1, c, ahead / (1 + ahead))
        found = c / (params.a - 1) * (1 - other)
    hard = ~np.isfinite(found) | (np.minimum(np.abs(c), np.abs(params.a - 1)) < NEAR)
    if hard.any():
        found = np.where(hard, 0.0, found)
        found[hard] = _mean_times(params.a, b[hard], s[hard], ahead[hard])
    return alive(params, frequency, recency, age) * found


def _mean_times(a: float, b: np.ndarray, s: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Expected visits of a living user: the mean of (1 − (1 + p · ahead)^−s) / p over p of beta(a, b), by 64 quantiles.

    The quantiles lie at Gauss's nodes, moved towards both ends, where quantiles of p are far apart.
    """
    nodes, weights = np.polynomial.legendre.leggauss(64)
    u = (nodes + 1) / 2
    place = np.clip(u**3 * (10 - 15 * u + 6 * u**2), 0, 1)
    different, which = np.unique(b, return_inverse=True)
    found = np.zeros(len(b))
    for at, weight in zip(place, 15 * u**2 * (1 - u) ** 2 * weights, strict=True):
        p = np.maximum(betaincinv(a, different, at), TINY)[which]
        found += weight * -np.expm1(-s * np.log1p(p * ahead)) / p
    return found


def _log_likelihood(
    values: np.ndarray, first: int, x: np.ndarray, t_x: np.ndarray, t: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood of each user, and its gradient by r, alpha, a and b, shape (4, users)."""
    r, alpha, a, b = values
    stays = betaln(a, b + first + x) - betaln(a, b)
    odds = _log_odds_gone(values, first, x, t_x, t)
    gone = expit(odds)
    found = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + t) + stays
    found += np.logaddexp(0, odds)
    both = digamma(a + b) - digamma(a + b + first + x)
    with np.errstate(divide="ignore", invalid="ignore"):
        last = np.where(gone > 0, gone / (b + first + x - 1), 0.0)
    slope = [
        digamma(r + x) - digamma(r) + np.log(alpha) - np.log(alpha + t) + gone * np.log((alpha + t) / (alpha + t_x)),
        r / alpha - (r + x) * ((1 - gone) / (alpha + t) + gone / (alpha + t_x)),
        both + gone / a,
        both + digamma(b + first + x) - digamma(b) - last,
    ]
    return found, np.array(slope)


def _log_odds_gone(
    values: np.ndarray, first: int, frequency: np.ndarray, recency: np.ndarray, age: np.ndarray
) -> np.ndarray:
    r, alpha, a, b = values
    may = frequency > 1 - first - 0.5  # in BG/NBD only users who came again may have left
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(a) - np.log(b + first + frequency - 1)
        odds = odds + (r + frequency) * (np.log(alpha + age) - np.log(alpha + recency))
    return np.where(may, odds, -np.inf)


def _check(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> None:
    if not len(frequency) or not (frequency > 0).any():
        raise BadInput("nobody came twice: the purchase models cannot be fitted; take a later cutoff")
    wrong = ~((frequency >= 0) & (recency >= 0) & (recency <= age) & np.isfinite(frequency + age))
    wrong |= (frequency == 0) & (recency > 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise BadInput(
            f"user {first} of {len(wrong)}: frequency {frequency[first]:g}, recency {recency[first]:g}, age "
            f"{age[first]:g}; needs 0 <= recency <= age, and recency 0 where frequency is 0"
        )
    if not age.mean() > 0:
        raise BadInput("every user's age is 0: the purchase models cannot be fitted; take a later cutoff")
