"""Churn risk and value for a base too young for a closed label window, from the histories so far alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.errors import BadInput
from training.classical import btyd, gamma_gamma
from training.models import lifetime
from training.models.value import Bounds, stay_tiers, tiers


@dataclass(frozen=True)
class ColdStart:
    """Models fitted on everybody's histories. money: None where Gamma-Gamma cannot be fitted, as where all pay one
    price; then every visit counts with ``mean``, the mean value of a visit over everybody, at least 0."""

    purchases: btyd.Params
    money: gamma_gamma.Params | None
    mean: float

    def predict(
        self,
        frequency: np.ndarray,
        recency: np.ndarray,
        age: np.ndarray,
        value: np.ndarray,
        horizon: float,
        value_horizon: float,
    ) -> dict[str, np.ndarray]:
        """As ``score``, for any users, with the fitted models."""
        times = btyd.expected_times(self.purchases, frequency, recency, age, value_horizon)
        if self.money is None:
            each = np.full(len(frequency), self.mean)
        else:
            each = gamma_gamma.expected_mean(self.money, frequency + 1, value / (frequency + 1))
        return {
            "churn_risk": btyd.churn_risk(self.purchases, frequency, recency, age, horizon),
            "expected_value": times * each,
        }


def fit(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, value: np.ndarray) -> ColdStart:
    """Fit on everybody's histories. Raises BadInput where nobody came twice or the fit does not converge."""
    purchases, count = btyd.fit(frequency, recency, age, "mbgnbd"), frequency + 1
    mean = float(max(value.sum() / count.sum(), 0.0))
    try:
        return ColdStart(purchases, gamma_gamma.fit(count, value / count), mean)
    except BadInput:
        return ColdStart(purchases, None, mean)


def answers(
    model: ColdStart, matrix: np.ndarray, bounds: Bounds, horizon: float, value_horizon: float
) -> dict[str, np.ndarray]:
    """What ``Bundle.answers`` gives, from histories alone. matrix: gaps, silence, age and value so far, a row a user.

    The tier is that of the value if the user stays, and the lowest for users likelier to leave. Lifetimes are NaN.
    """
    gaps, silence, age, value_so_far = matrix.T
    recency = np.where(gaps > 0, age - silence, 0.0)
    found = model.predict(gaps, recency, age, value_so_far, horizon, value_horizon)
    risk, expected = found["churn_risk"], found["expected_value"]
    stays = expected / np.maximum(1 - risk, 1e-9)
    cuts = bounds.tier_cuts
    return {
        "churn_risk": risk,
        "expected_value": expected,
        "value_if_stays": stays,
        "value_rank": np.searchsorted(cuts, expected, side="left") / len(cuts),
        "tier": np.where(risk <= 0.5, tiers(stays, bounds.tier_bounds), 0),
        "stay_tier": stay_tiers(stays, bounds.stay_bounds),
        **{name: np.full(len(matrix), np.nan) for name in lifetime.COLUMNS},
    }


def from_json(content: Mapping[str, Any] | None) -> ColdStart | None:
    """The model from what ``dataclasses.asdict`` made of it, or None."""
    if content is None:
        return None
    money = content["money"] and gamma_gamma.Params(**content["money"])
    return ColdStart(btyd.Params(**content["purchases"]), money, content["mean"])


def score(
    frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, value: np.ndarray, horizon: float, value_horizon: float
) -> dict[str, np.ndarray]:
    """churn_risk (no activity in ``horizon``) and expected_value (>= 0, over ``value_horizon``) of every user.

    Arrays of shape (users,) as in ``Histories``, of everybody and not only of the recently active; horizons in the unit
    of age. The risk comes from MBG/NBD; the value is the visits it expects, times the expected value of a visit. It
    knows no season, trend or covariate. Raises BadInput where nobody came twice or the fit does not converge.
    """
    return fit(frequency, recency, age, value).predict(frequency, recency, age, value, horizon, value_horizon)
