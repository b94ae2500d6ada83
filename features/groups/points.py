"""Points in money: what a user's balance is worth."""

import numpy as np

from features.config import Config

BALANCE = "points_balance"  # the feature that it comes from


def points_worth(config: Config, balance: np.ndarray) -> np.ndarray:
    """The balances in the currency of value, by ``points.per_currency``; NaN where a balance is not known."""
    return balance / config.points.per_currency
