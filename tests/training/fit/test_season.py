"""Last year's season: what a year ago lets expect, and only where two years go together."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy.special import expit, logit

from training.fit.season import ALIKE, expected, together

NOW, DAY = datetime(2025, 12, 1), timedelta(days=1)
LAST, AGO = NOW - 30 * DAY, NOW - 365 * DAY
LAST_AGO = LAST - 365 * DAY
CHRISTMAS = [100, 90, 95, 100, 98, 100, 96, 95, 102, 110, 160, 220]


def look(rates, first=NOW - 730 * DAY, horizon=30.0):
    asked = []

    def rate(at, silence):
        asked.append((at, silence))
        return (rates[at], 1000) if at in rates else None

    return expected(rate, lambda at: (at - first) / DAY, NOW, LAST, AGO, LAST_AGO, horizon), asked


def test_the_rate_a_year_ago_is_carried_on_by_what_has_changed_since():
    found, _ = look({AGO: 0.4, LAST: 0.6, LAST_AGO: 0.5})
    assert found.rate == pytest.approx(expit(logit(0.4) + logit(0.6) - logit(0.5)))
    unchanged, _ = look({AGO: 0.4, LAST: 0.5, LAST_AGO: 0.5})
    assert unchanged.rate == pytest.approx(0.4)
    assert unchanged.error == pytest.approx((1 / 240 + 2 / 250) ** 0.5)


def test_users_are_compared_who_were_silent_no_longer_than_there_was_history_a_year_ago():
    found, asked = look({AGO: 0.4, LAST: 0.6, LAST_AGO: 0.5})
    assert found.silence == 365 and asked == [(AGO, 365), (LAST, 335), (LAST_AGO, 335)]


@pytest.mark.parametrize("missing", [AGO, LAST, LAST_AGO])
def test_where_a_rate_is_not_known_nothing_is_expected(missing):
    rates = {AGO: 0.4, LAST: 0.6, LAST_AGO: 0.5}
    assert look({at: one for at, one in rates.items() if at != missing})[0] is None


def test_where_a_year_ago_had_less_history_than_a_horizon_nothing_is_expected():
    rates = {AGO: 0.4, LAST: 0.6, LAST_AGO: 0.5}
    assert look(rates, LAST_AGO - 29 * DAY)[0] is None and look(rates, LAST_AGO - 30 * DAY)[0] is not None


def test_two_years_with_one_season_go_together_whatever_the_growth():
    growth = np.exp(0.08 * np.arange(24))
    assert together(np.array(CHRISTMAS * 2) * growth) == pytest.approx(1, abs=0.01)
    assert together((np.array(CHRISTMAS * 2) * growth)[1:]) > 0.99  # 23 months, when the last is kept aside


def test_growth_alone_is_no_season():
    assert together(np.round(100 * np.exp(0.1 * np.arange(24)), 6)) is None
    rng = np.random.default_rng(1)
    found = [together(rng.poisson(200 * np.exp(0.1 * np.arange(24)))) for _ in range(200)]
    assert np.mean([one is not None and one > ALIKE for one in found]) < 0.05


@pytest.mark.parametrize("months", [CHRISTMAS, [*CHRISTMAS, *CHRISTMAS[:8]], [7] * 24, []])
def test_short_logs_and_flat_ones_tell_nothing(months):
    assert together(months) is None
