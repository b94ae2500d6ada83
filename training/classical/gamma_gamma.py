"""What a user's next purchase is worth, from how many there were and their mean: the Gamma-Gamma model.

Each purchase of a user is gamma(p, nu), and nu is gamma(q, gamma) over users (Fader & Hardie 2013, "The
Gamma-Gamma model of monetary value"). With few purchases, the estimate stays near the population's mean. The model
assumes that the value of a purchase does not depend on how many there are, and cannot notice where it does.

Arrays have shape (users,): ``count`` is the number of purchases averaged over, ``mean`` their mean value in any unit.
Fader and Hardie leave out the first purchase; here the caller decides. Nulls are not accepted.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from features.errors import BadInput
from training.classical.btyd import MANY, maximum, spread

STARTS = ((2.0, 2.0, 1.0), (6.0, 1.5, 0.5), (0.5, 5.0, 5.0))  # p, q − 1, gamma over the mean value
LIMIT = 9.0  # of each one's logarithm


@dataclass(frozen=True)
class Params:
    """A fitted model. gamma is in the unit of value, p and q have none; q > 1, or there would be no mean value.

    log_likelihood: of all users together, with every constant.
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float


def fit(count: np.ndarray, mean: np.ndarray) -> Params:
    """Maximum likelihood, as in ``btyd.fit``. Users without a positive count and mean are ignored.

    Raises BadInput where fewer than two different means remain, or no start converged.
    """
    count, mean = np.asarray(count, float), np.asarray(mean, float)
    taken = (count > 0) & (mean > 0) & np.isfinite(mean)
    x, m = count[taken], mean[taken]
    if not len(m) or m.min() == m.max():
        raise BadInput("fewer than two different mean values above 0: the value of a purchase cannot be fitted")
    users, scale = len(m), m.mean()
    unique, times = np.unique(np.column_stack([x, m / scale]), axis=0, return_counts=True)
    x, m = unique.T
    weight = times / times.sum()

    def objective(logs: np.ndarray) -> tuple[float, np.ndarray]:
        p, more, gamma = np.exp(logs)
        found, slope = _log_likelihood(p, 1 + more, gamma, x, m)
        return -float(weight @ found), -np.exp(logs) * (slope @ weight)

    starts = np.log(STARTS)
    if users > MANY:
        some = fit(count[taken][spread(users)], mean[taken][spread(users)])
        starts = np.log([[some.p, some.q - 1, some.gamma / scale]])
    best, value = maximum(objective, starts, LIMIT, f"gamma-gamma on {users:,} users")
    p, more, gamma = np.exp(best).tolist()
    return Params(p, 1 + more, gamma * float(scale), float(users * (value - np.log(scale))))


def expected_mean(params: Params, count: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """What a user's purchases are worth in the long run, in the unit of value.

    p (gamma + count · mean) / (p · count + q − 1): a weighted mean of the user's own mean, at least 0, and of the
    population's, p · gamma / (q − 1). Where count is 0 it is the population's.
    """
    return params.p * (params.gamma + count * np.maximum(mean, 0)) / (params.p * count + params.q - 1)


def _log_likelihood(p: float, q: float, gamma: float, x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The log-likelihood of each user, and its gradient by p, q and gamma, shape (3, users)."""
    inside = gamma + m * x
    found = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
    found += (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(inside)
    both = digamma(p * x + q)
    slope = [
        x * (both - digamma(p * x) + np.log(m) + np.log(x) - np.log(inside)),
        both - digamma(q) + np.log(gamma) - np.log(inside),
        q / gamma - (p * x + q) / inside,
    ]
    return found, np.array(slope)
