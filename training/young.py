"""Churn risk and value for a base too young for a closed label window: all that is needed is the histories so far."""

import numpy as np

from features.errors import BadInput
from training import btyd, gamma_gamma


def score(
    frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, value: np.ndarray, horizon: float, value_horizon: float
) -> dict[str, np.ndarray]:
    """churn_risk (no activity in ``horizon``) and expected_value (>= 0, over ``value_horizon``) of every user.

    Arrays of shape (users,) as in ``Histories``, of everybody and not only of the recently active; horizons in the unit
    of age. Risk by MBG/NBD, value as its expected times, times what one is expected to be worth (``worth``). It knows
    no season, trend or covariate. Raises BadInput where nobody came twice or the fit does not converge.
    """
    params = btyd.fit(frequency, recency, age, "mbgnbd")
    times = btyd.expected_times(params, frequency, recency, age, value_horizon)
    return {
        "churn_risk": btyd.churn_risk(params, frequency, recency, age, horizon),
        "expected_value": times * worth(frequency + 1, value),
    }


def worth(count: np.ndarray, value: np.ndarray) -> np.ndarray:
    """What each user's next time is worth, from how often they came so far (>= 1) and the value of all that together.

    By Gamma-Gamma over all times, the first one too. Where that cannot be fitted, as where all pay one price: the mean
    over everybody, 0 where nothing was spent.
    """
    mean = value / count
    try:
        return gamma_gamma.expected_mean(gamma_gamma.fit(count, mean), count, mean)
    except BadInput:
        return np.full(len(count), max(value.sum() / count.sum(), 0.0))
