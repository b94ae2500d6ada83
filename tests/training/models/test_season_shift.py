"""Last year's season as a shift of the level: among whom it is found, what noise leaves of it, and when it is clear."""

import numpy as np
import pytest
from scipy.special import expit, logit

from training.models.season_shift import Expected, Said, clear, off_by, shift_to


def test_only_users_who_can_be_compared_are_brought_to_the_expected_rate():
    risk, silence = np.array([0.1, 0.3, 0.8, 0.9]), np.array([1.0, 5, 40, 90])
    found = Expected(0.4, 40, 0.05).said(risk, silence, np.array([1.0, 0, 0, 1]))
    moved = expit(logit(risk) + found.shift)
    assert moved[:3].mean() == pytest.approx(0.4) and moved[3] > 0.5 and found.error == 0.05
    assert expit(logit(risk[:3]) + found.came).mean() == pytest.approx(1 / 3)  # the fourth is not asked
    assert Expected(0.4, 40).said(risk, silence).came is None
    assert Expected(0.4, 0.5).said(risk, silence) is None


def test_a_shift_within_noise_is_none_and_another_is_shrunk_by_it():
    assert Said(-0.4, 0.41).shrunk() is None and Said(0.0, 0.0).shrunk() is None
    assert Said(-0.4, 0.2).shrunk() == pytest.approx(-0.3)
    assert Said(-0.4, 0.1).shrunk(0.2) == pytest.approx(-0.3) and Said(-0.4, 0.2).shrunk(0.1) == pytest.approx(-0.3)


def test_it_is_clear_beyond_twice_what_it_was_off_by_at_four_past_cutoffs_or_more():
    past = [Said(0.1, 0, 0.0), Said(-0.2, 0, -0.1), Said(0.3, 0, 0.4), Said(0, 0, 0.1)]
    assert off_by(past) == pytest.approx(0.1)
    assert clear(Said(-0.19), past) is None
    assert clear(Said(-0.21), past) == pytest.approx(-0.21 * (1 - (0.1 / 0.21) ** 2))
    assert off_by(past[:3]) is None and clear(Said(-5.0), past[:3]) is None
    assert off_by([*past[:3], Said(0.3)]) is None  # of one whose window is open, nothing is known


def test_a_shift_takes_the_mean_risk_to_a_rate():
    risk = np.linspace(0.01, 0.99, 99)
    assert expit(logit(risk) + shift_to(risk, 0.2)).mean() == pytest.approx(0.2)
