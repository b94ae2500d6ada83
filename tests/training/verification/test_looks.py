import numpy as np
import pytest

from features.errors import BadInput
from training.verification.looks import boundaries, crossing, due, looks_at, planned, spent


def test_boundaries_are_those_of_the_literature():
    # Reboussin, DeMets, Kim and Lan 2000, five equal looks
    assert boundaries([0.2, 0.4, 0.6, 0.8, 1.0]) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=1e-3)
    assert boundaries([1.0]) == pytest.approx([1.96], abs=1e-3)


def test_five_looks_spend_five_percent_and_five_careless_ones_fourteen():
    at = [0.2, 0.4, 0.6, 0.8, 1.0]
    assert crossing(at, boundaries(at), 0.0) == pytest.approx(0.05, abs=1e-5)
    assert crossing(at, [1.96] * 5, 0.0) == pytest.approx(0.142, abs=1e-3)


def test_looking_costs_no_more_than_two_points_of_power():
    at = [0.2, 0.4, 0.6, 0.8, 1.0]
    for drift in (1.0, 2.0, 2.8, 3.5):
        assert crossing([1.0], [1.96], drift) - crossing(at, boundaries(at), drift) < 0.02


def test_trials_that_are_looked_at_find_nothing_where_nothing_is():
    rng, plan = np.random.default_rng(1), planned(5)
    walk = rng.normal(size=(40_000, 5)).cumsum(axis=1) / np.sqrt(np.arange(1, 6))
    assert (np.abs(walk) > [look.boundary for look in plan]).any(axis=1).mean() == pytest.approx(0.05, abs=0.004)


def test_looks_that_came_when_nobody_planned_them_still_spend_five_percent():
    at = [0.05, 0.37, 0.9, 1.0]
    assert crossing(at, boundaries(at), 0.0) == pytest.approx(0.05, abs=1e-4)


def test_a_trial_that_ends_early_spends_what_is_left():
    short, open_end = (looks_at([0.5, 0.7], final=final)[-1] for final in (True, False))
    assert short.boundary < open_end.boundary
    assert crossing([0.5, 0.7], boundaries([0.5, 0.7], final=True), 0.0) == pytest.approx(0.05, abs=1e-4)
    assert spent(1.3) == pytest.approx(0.05)


def test_the_level_of_a_look_is_its_boundary():
    assert planned(1)[0].level == pytest.approx(0.95)
    assert planned(5)[0].level == pytest.approx(1 - 1.08e-6, abs=1e-8)


def test_asking_between_looks_shows_the_earlier_one():
    plan = planned(5)
    assert due(plan, 0.1) is None
    assert [due(plan, at).number for at in (0.2, 0.39, 0.4, 1.0, 1.5)] == [1, 1, 2, 5, 5]


@pytest.mark.parametrize("fractions", [[], [0.0, 1.0], [0.5, 0.5], [0.5, 0.2]])
def test_fractions_that_do_not_ascend_are_refused(fractions):
    with pytest.raises(BadInput, match="name ascending fractions"):
        boundaries(fractions)
