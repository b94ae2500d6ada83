"""Trials with a known truth."""

import numpy as np
import pytest

from training.verification.arms import outcome


@pytest.fixture(scope="session")
def share_trials():
    """share_trials(sizes, churn, effect, draws): A trial at a time, as Outcome; the risk explains a fifth."""

    def make(sizes, churn, effect, draws, seed=1):
        rng = np.random.default_rng(seed)
        treated = np.arange(sum(sizes)) < sizes[0]
        for _ in range(draws):
            risk = rng.beta(churn * 3, (1 - churn) * 3, len(treated))
            churned = rng.random(len(treated)) < risk * (1 + treated * effect / churn)
            yield outcome(treated, churned, risk)

    return make


@pytest.fixture(scope="session")
def value_trials():
    """value_trials(sizes, factor, draws): values as skewed as money; predicted value explains a third."""

    def make(sizes, factor, draws, seed=1):
        rng = np.random.default_rng(seed)
        treated = np.arange(sum(sizes)) < sizes[0]
        for _ in range(draws):
            mean = rng.lognormal(2, 0.9, len(treated))
            value = mean * rng.lognormal(-0.32, 0.8, len(treated)) * (rng.random(len(treated)) < 0.7) / 0.7
            yield outcome(treated, value * np.where(treated, factor, 1.0), mean)

    return make
