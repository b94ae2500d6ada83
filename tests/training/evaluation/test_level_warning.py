"""A model whose level was off in its own backtest says so, with the season it had not seen and the groups."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from training.evaluation.level_warning import unseen, warnings
from training.evaluation.slices import Slice

AT = datetime(2025, 12, 1)


def monthly(first, count):
    return [first + timedelta(days=30 * k) for k in range(count)]


@pytest.mark.parametrize(
    ("learned", "share"),
    [
        (monthly(datetime(2025, 1, 1), 10), 1.0),  # less than a year: no December yet
        (monthly(datetime(2024, 1, 1), 22), 0.0),
        ([datetime(2024, 12, 16), datetime(2025, 10, 1)], 0.5),  # the first half was before the logs
        ([datetime(2022, 12, 1), datetime(2025, 10, 1)], 0.0),  # three years ago is the same season
        ([], 1.0),
    ],
)
def test_a_season_is_seen_where_a_window_of_an_earlier_year_covers_it(learned, share):
    assert unseen(learned, AT, 30) == pytest.approx(share, abs=0.04)


@pytest.fixture
def off(system):
    """off(churned, ratio): warnings where so many of 10,000 churned, 50 % being predicted, and the value was off."""

    def make(churned=0.5, ratio=(0.9, 0.8, 1.1)):
        figure, low, high = ratio
        compared = replace(
            system.result.value_comparison,
            figures={"holdfast": {"sum_ratio": figure}},
            intervals={"holdfast": {"sum_ratio": (low, high)}},
        )
        everybody = Slice("all", "everybody", 10_000, churned, 0.5, 0.8, 0.5, 100.0, 100.0)
        tier = Slice("tier", "high", 100, 0.5, 0.5, 0.8, 0.5, 73.0, 100.0)
        young = Slice("tenure", "under 30 days", 5000, churned, 0.5, 0.8, 0.5, 1.0, 1.0)
        return warnings(
            system.config, replace(system.result, value_comparison=compared, slices=(everybody, tier, young))
        )

    return make


def test_a_level_that_held_has_no_warning(off):
    assert off() == () and off(0.508) == ()


def test_a_bias_of_the_risk_names_season_and_groups(off):
    risk, season, groups = off(0.568)
    assert "50.0% predicted to churn, 56.8% did (-6.8 points, beyond noise)" in risk
    assert season.startswith("season not seen: 100%") and "tenure under 30 days (50.0% predicted, 56.8%" in groups


def test_a_value_total_that_was_off_is_told_by_tier(off):
    value, *_ = off(ratio=(0.73, 0.7, 0.76))
    assert "0.73 of what came was predicted (95 % interval 0.70 to 0.76); by tier high 0.73" in value
