"""Log loss row by row: as scikit-learn has it in the mean, and finite for a model that was sure and wrong."""

import numpy as np
import pytest
from sklearn import metrics

from training.models.log_loss import CLIP, log_loss, log_odds


def test_its_mean_is_what_scikit_learn_finds():
    random = np.random.default_rng(0)
    risk, churned = random.random(500), random.integers(0, 2, 500)
    assert log_loss(risk, churned).mean() == pytest.approx(metrics.log_loss(churned, risk), rel=1e-12)


def test_a_sure_and_wrong_prediction_costs_much_and_not_infinitely_much():
    risk, churned = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    assert log_loss(risk, churned) == pytest.approx(-np.log([CLIP, CLIP]))


def test_log_odds_are_0_at_one_half_and_finite_at_the_ends():
    assert log_odds(np.array([0.5, 0.8])) == pytest.approx([0, np.log(4)])
    assert log_odds(np.array([0.0, 1.0])) == pytest.approx([np.log(CLIP / (1 - CLIP)), -np.log(CLIP / (1 - CLIP))])
