import numpy as np

from features.groups.points import points_worth


def test_a_balance_is_worth_its_points_at_the_configured_rate(config_of):
    found = points_worth(config_of(points={"per_currency": 50}), np.array([0, 125, np.nan]))
    assert found[:2].tolist() == [0, 2.5] and np.isnan(found[2])
