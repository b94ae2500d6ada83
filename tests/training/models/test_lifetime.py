"""Lifetimes from retention by group of risk, and lifetime values whose interval holds what it promises."""

from dataclasses import asdict
from json import dumps, loads

import numpy as np
import pytest

from training.models.lifetime import COLUMNS, Lifetime, activity, from_json, measure, predict

# Two groups of risk, three horizons of which two were measured; predicted value is taken as it is.
TABLES = Lifetime(
    2, (0.2, 0.8), ((0.8, 0.2), (0.6, 0.1), (0.5, 0.1)), (10.0, 100.0), (1.0, 1.2), (0.0, 0.5), (2.0, 3.0)
)


def test_a_lifetime_is_the_expected_number_of_active_horizons():
    assert activity(TABLES, np.array([0.2, 0.8, 0.5])).tolist() == [[0.8, 0.6, 0.5], [pytest.approx(0.2), 0.1, 0.1], [
        0.5, pytest.approx(0.35), pytest.approx(0.3)]]  # fmt: skip
    found = predict(TABLES, 30, np.array([0.2, 0.8]), np.array([10.0, 10.0]))
    assert found["lifetime_days"] == pytest.approx([30 * 1.9, 30 * 0.4])


def test_the_first_horizon_is_the_churn_risk_itself():
    assert activity(TABLES, np.array([0.0, 0.97]))[:, 0] == pytest.approx([1, 0.03])


def test_a_lifetime_value_is_active_horizons_times_their_worth_and_what_that_came_to():
    # Measured part 1.4 × 10 = 14 lies 4 of 90 between the groups; all of it is 1.9 × 10 = 19.
    found = predict(TABLES, 30, np.array([0.2]), np.array([10.0]))
    share = 4 / 90
    expected = {"": 1 + 0.2 * share, "_low": 0.5 * share, "_high": 2 + share}
    assert {name: found[f"lifetime_value{name}"][0] / 19 for name in expected} == pytest.approx(expected)


def test_a_mean_outside_of_its_interval_widens_it():
    odd = Lifetime(**asdict(TABLES) | {"low": (1.5, 1.5), "high": (0.5, 0.5)})
    found = predict(odd, 30, np.array([0.2]), np.array([10.0]))
    assert found["lifetime_value_low"] == found["lifetime_value"] == found["lifetime_value_high"]


def test_without_tables_nothing_is_told():
    found = predict(None, 30, np.array([0.2, 0.3]), np.array([10.0, 1.0]))
    assert tuple(found) == COLUMNS and all(np.isnan(x).all() and len(x) == 2 for x in found.values())


def test_tables_come_back_from_json():
    assert from_json(loads(dumps(asdict(TABLES)))) == TABLES and from_json(None) is None


# Measuring


@pytest.fixture(scope="module")
def base():
    """base(users, seed, windows): users with a constant hazard of leaving for good and Gamma amounts: risk, worth,
    activity and value as they then come."""

    def make(users=20_000, seed=1, windows=6):
        rng = np.random.default_rng(seed)
        leave, buys = rng.uniform(0.02, 0.3, users), rng.uniform(0.2, 0.95, users)
        alive = rng.random((users, windows)) < 1 - leave[:, None]
        active = np.cumprod(alive, axis=1).astype(bool) & (rng.random((users, windows)) < buys[:, None])
        worth = rng.gamma(2.0, 20.0, users)
        value = (active * rng.gamma(2.0, worth[:, None] / 2, (users, windows))).sum(axis=1)
        return 1 - (1 - leave) * buys, worth, active, value

    return make


def covered(tables, risk, worth, value):
    found = predict(tables, 30, risk, worth)
    inside = (value >= found["lifetime_value_low"]) & (value <= found["lifetime_value_high"])
    return found["lifetime_value"].mean() / value.mean(), inside.mean()


def test_measured_horizons_bring_mean_and_interval_of_another_base(base):
    tables = measure(*base(seed=1), horizons=6)
    risk, worth, active, value = base(seed=2)
    assert activity(tables, risk).mean(axis=0) == pytest.approx(active.mean(axis=0), abs=0.01)
    mean, share = covered(tables, risk, worth, value)
    assert mean == pytest.approx(1, abs=0.03) and share == pytest.approx(0.8, abs=0.04)


def test_horizons_that_were_not_measured_follow_from_those_that_were(base):
    risk, worth, active, value = base(seed=1)
    four = base(seed=3, windows=4)
    tables = measure(*four, horizons=6)
    assert activity(tables, risk).mean(axis=0) == pytest.approx(active.mean(axis=0), rel=0.1)
    mean, share = covered(tables, risk, worth, value)
    assert mean == pytest.approx(1, abs=0.1) and share == pytest.approx(0.8, abs=0.07)


def test_activity_never_goes_up_where_it_was_not_measured(base):
    tables = measure(*base(windows=2), horizons=8)
    further = np.array(tables.active)[2:]
    assert len(tables.active) == 8 and (np.diff(np.vstack([tables.active[1], further]), axis=0) <= 0).all()


def test_a_worth_that_is_off_is_put_right(base):
    risk, worth, active, value = base(seed=1)
    tables = measure(risk, worth / 2, active, value, horizons=6)
    assert np.mean(tables.factor) == pytest.approx(2, rel=0.05)


def test_a_base_that_never_spent_has_lifetimes_and_no_value(base):
    risk, worth, active, value = base(users=500)
    tables = measure(risk, worth * 0, active, value * 0, horizons=6)
    found = predict(tables, 30, risk, worth * 0)
    assert (found["lifetime_days"] > 0).all()
    assert not any(found[name].any() for name in COLUMNS[1:])


def test_refunds_alone_make_no_negative_value(base):
    risk, worth, active, value = base(users=500)
    found = predict(measure(risk, worth, active, -value, horizons=6), 30, risk, worth)
    assert all((found[name] >= 0).all() for name in COLUMNS)


def test_a_handful_of_users_is_one_group(base):
    tables = measure(*base(users=150), horizons=8)
    assert len(tables.risk) == len(tables.value) == 1 and len(tables.active) == 8
