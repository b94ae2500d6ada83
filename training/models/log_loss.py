"""Log loss and log-odds of predicted probabilities, which are kept a little away from 0 and 1."""

import numpy as np
from scipy.special import logit

CLIP = 1e-6  # a risk is taken to lie between this and 1 minus this: the logarithm of 0 is infinite


def log_loss(risk: np.ndarray, churned: np.ndarray) -> np.ndarray:
    """The log loss of each row. risk: predicted probability; churned: 0 or 1; all of shape (rows,)."""
    risk = np.clip(risk, CLIP, 1 - CLIP)
    return -np.where(churned == 1, np.log(risk), np.log(1 - risk))


def log_odds(risk: np.ndarray) -> np.ndarray:
    """log(risk / (1 − risk)) of each row."""
    return logit(np.clip(risk, CLIP, 1 - CLIP))
