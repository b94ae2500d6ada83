"""The alarm of the newest closed window: far and beyond noise, in words that a person can act on."""

from datetime import datetime

import numpy as np
import pytest

from training.fit.closed_windows import Past
from training.fit.drift import newest


def past(risk, share, users, at=datetime(2024, 5, 1)):
    return Past(at, np.arange(users), (np.arange(users) < share * users) * 1.0, {}, {"all": risk})


@pytest.mark.parametrize(
    ("risk", "share", "users", "alarm"),
    [(0.5, 0.65, 1000, True), (0.65, 0.5, 1000, True), (0.5, 0.55, 100_000, False), (0.5, 0.65, 60, False)],
)
def test_it_is_raised_beyond_ten_points_and_beyond_noise(risk, share, users, alarm):
    found = newest((past(0.1, 0.9, 1000), past(risk, share, users)))  # an older window raises none
    assert found is not None and (found.plain()["alarm"] is not None) is alarm


def test_it_names_window_users_and_shares():
    found = newest((past(0.5, 0.65, 1000),))
    assert found is not None
    assert "(2024-05-01T00:00, 1,000 users) 50.0% were predicted to churn and 65.0% did (-15.0 points)" in found.text
    assert found.plain()["alarm"].startswith("drift: at the newest closed window")
    assert newest(()) is None
