"""With [train] monotone, more silence never lowers a risk and more activity never raises it, whatever the rows say."""

import numpy as np
import pytest

from features.catalogue.feature import REGISTRY
from features.user_base import UserBase
from training.fit.train import fit, training_rows
from training.models import boost, churn
from training.models.monotone import DIRECTIONS, direction, settings

NAMES = ["days_since_active", "active_days_30d", "plan"]


@pytest.fixture
def strict(config_of):
    return config_of(train={"monotone": True})


@pytest.fixture(scope="module")
def upside_down(rows_of):
    """Rows in which silence keeps users, as noise may have it in a small base; half of it depends on their plan."""
    random = np.random.default_rng(0)
    silence, days, plan = random.exponential(30, 4000), random.poisson(3, 4000), random.integers(0, 4, 4000)
    gone = np.cos(silence / 10) * (plan > 1) - silence / 60 + days / 6 + random.normal(0, 0.5, 4000) > 0
    return rows_of(churned=gone, days_since_active=silence, active_days_30d=days, plan=plan)


def risks(rows, column, **constraints):
    """The risk of 50 users, shape (users, 60), as one of their features alone rises."""
    matrix = rows.matrix(NAMES)
    text = churn.train(boost.dataset(matrix, NAMES), rows, seed=7, threads=1, weight=None, **constraints)
    asked = np.repeat(matrix[:50], 60, axis=0)
    asked[:, column] = np.tile(np.arange(60.0), 50)
    return boost.predict(text, asked, 1).reshape(50, 60)


def test_every_name_is_a_feature():
    assert DIRECTIONS.keys() - REGISTRY.keys() == set()


@pytest.mark.parametrize("name", sorted(name for name in REGISTRY if name.startswith("silence_")))
def test_every_feature_of_silence_has_a_direction(name):
    # Whoever adds one says here which way it goes: 1, or why it may go both.
    assert direction(name) == 1


@pytest.mark.parametrize(
    "name, expected",
    [("days_since_active", 1), ("active_days_30d", -1), ("active_decayed_21h", -1), ("tenure_days", 0), ("plan", 0)],
)
def test_a_direction_holds_in_every_window(name, expected):
    assert direction(name) == expected


def test_off_by_default(config_of):
    assert settings(config_of(), NAMES) == {}


def test_codes_of_text_are_free_whatever_they_are_called(strict):
    assert settings(strict, NAMES) == {"monotone_constraints": [1, -1, 0]}
    assert settings(strict, NAMES, text={"active_days_30d"}) == {"monotone_constraints": [1, 0, 0]}


@pytest.mark.parametrize("column, sign", [(0, 1), (1, -1)], ids=["silence", "activity"])
def test_the_risk_never_moves_against_its_direction(upside_down, strict, column, sign):
    assert (sign * np.diff(risks(upside_down, column, **settings(strict, NAMES))) >= 0).all()
    assert (sign * np.diff(risks(upside_down, column)) < -0.01).any()


def test_training_hands_them_to_the_churn_models_and_to_no_other(system):
    config = system.config
    config = config.model_copy(update={"train": config.train.model_copy(update={"monotone": True})})
    learn = training_rows(UserBase(config, system.con, system.tables), system.result.as_of)
    bundle = fit(UserBase(config, system.con, system.tables), learn, system.result.as_of, curve=True)
    held = {name for name, text in bundle.boosters.items() if "[monotone_constraints: ]" not in text}
    assert held == {name for name in bundle.boosters if name.startswith("churn")}
    assert config.model_hash() != system.config.model_hash()
