from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from features.errors import BadInput
from features.simulation import story
from features.simulation.world import KIND_BY_CHANNEL, KINDS, LIFT_MOST, WEEKDAY, World, day, highest, season, seasonal


def yearly(text):
    """The factor of a year's days, 2025, without that of the weekday."""
    days = np.arange(day(date(2025, 1, 1)), day(date(2026, 1, 1)))
    return seasonal(days, text) / WEEKDAY[(days + 3) % 7]


def of(factors, month, day_of_month):
    return factors[(date(2025, month, day_of_month) - date(2025, 1, 1)).days]


@pytest.mark.parametrize(("text", "lowest"), [("sine:0.3", (6, 16)), ("christmas:0.6", (2, 4))])
def test_a_season_peaks_in_mid_december_by_its_strength_and_sinks_by_as_much(text, lowest):
    factors, strength = yearly(text), season(text)[1]
    assert factors.max() == pytest.approx(1 + strength, abs=0.001) and factors.min() == pytest.approx(
        1 - strength, abs=0.001
    )
    assert abs((date(2025, 1, 1) + timedelta(days=int(factors.argmax())) - date(2025, 12, 16)).days) <= 2
    assert of(factors, *lowest) == pytest.approx(1 - strength, abs=0.01)
    assert factors.mean() == pytest.approx(1, abs=0.003)  # a season moves activity within the year, and adds none


def test_a_christmas_leaves_summer_alone_and_a_sine_does_not():
    assert np.allclose([of(yearly("christmas:0.6"), month, 15) for month in range(5, 10)], 1, atol=0.01)
    assert of(yearly("sine:0.3"), 7, 15) < 0.8


@pytest.mark.parametrize("text", ["sine:0.2", "sine:0", "christmas:0.6", "christmas:0.95"])
def test_no_day_is_above_the_highest_nor_below_nothing(text):
    days = np.arange(20_000, 24_000)
    assert seasonal(days, text).min() > 0 and seasonal(days, text).max() <= highest(text) * (1 + 1e-12)


@pytest.mark.parametrize("text", ["", "sine", "sine:", "sine:x", "easter:0.3", "christmas:1", "sine:-0.1", "sine:nan"])
def test_a_season_that_is_none_is_refused_with_what_to_write(text):
    with pytest.raises(BadInput, match=r"season = .*: write sine:0.3 or christmas:0.6"):
        World(season=text)


DRIFT = date(2025, 6, 1)
WRONG = {
    "hazard_factor = 0": {"drift_day": DRIFT, "hazard_factor": 0},
    "arrival_factor = 1000": {"drift_day": DRIFT, "arrival_factor": 1000},
    "newcomers = 1.5": {"drift_day": DRIFT, "newcomers": 1.5},
    "newcomers = nan": {"drift_day": DRIFT, "newcomers": float("nan")},
    "days_before = -1": {"days_before": -1},
    "drift_day = None": {"hazard_factor": 2},
    "drift_day = 2025-06-01: a drift is a day and what changes then; name a hazard_factor": {"drift_day": DRIFT},
}


@pytest.mark.parametrize(("words", "wrong"), WRONG.items())
def test_a_world_that_cannot_be_is_refused_in_one_line_that_names_the_value(words, wrong):
    with pytest.raises(BadInput) as error:
        World(**wrong)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_drift_begins_within_the_logs():
    world, start, until = World(drift_day=DRIFT, hazard_factor=2), day(date(2025, 1, 1)), day(date(2026, 1, 1))
    assert world.first_drift(start, until) == day(DRIFT)
    assert World().first_drift(start, until) == until
    for wrong in (day(DRIFT), day(DRIFT) + 9):  # on the first day of the logs, nothing was before it
        with pytest.raises(BadInput, match="is not within the logs; take a day from 2025-06-"):
            world.first_drift(wrong, until)


def test_a_day_is_a_midnight():
    assert day(date(1970, 1, 2)) == day(datetime(1970, 1, 2, tzinfo=UTC)) == 1
    with pytest.raises(BadInput, match="no midnight UTC"):
        day(datetime(1970, 1, 2, 9))


def test_every_channel_has_its_mix_of_kinds_and_no_lift_is_above_the_highest():
    assert KIND_BY_CHANNEL.shape == (len(story.CHANNELS), len(KINDS))
    assert np.allclose(KIND_BY_CHANNEL.sum(axis=1), 1)
    assert max(orders for _, orders, *_ in KINDS.values()) <= LIFT_MOST


def test_the_kinds_are_what_their_names_say():
    hazard, orders = ({name: kind[at] for name, kind in KINDS.items()} for at in (0, 1))
    assert hazard["persuadable"] < 1 < orders["persuadable"]
    assert orders["sleeping_dog"] < 1 < hazard["sleeping_dog"]
    assert {hazard[name] for name in ("sure_thing", "lost_cause")} == {1} == {orders[name] for name in ("sure_thing",)}
