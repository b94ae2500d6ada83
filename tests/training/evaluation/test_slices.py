"""Figures by group: of the users in it and of nobody else, none where there are too few, and the weakest named."""

from datetime import datetime

import numpy as np
import pytest

from features.config import Config
from features.user_base import UserBase
from training.evaluation.metrics import churn_metrics
from training.evaluation.slices import Grouping, Slice, groupings, measure, tenure, together, weakest

NOON = datetime(2026, 1, 1, 12)


@pytest.fixture(scope="module")
def users():
    """Who churned, the risk, the value that came and the value expected of 300 users."""
    random = np.random.default_rng(0)
    risk = random.random(300)
    return (random.random(300) < risk).astype(float), risk, random.random(300), random.random(300)


def test_a_group_is_measured_by_its_own_users(users):
    code = np.repeat([0, 2], [100, 200])
    everybody, first, second = measure({"stage": Grouping(("new", "empty", "old"), code)}, *users)
    assert (everybody.by, everybody.group, everybody.users) == ("all", "everybody", 300)
    assert [(one.by, one.group, one.users) for one in (first, second)] == [("stage", "new", 100), ("stage", "old", 200)]
    churned, risk, value, expected = (one[:100] for one in users)
    found = churn_metrics(churned, risk)
    assert (first.auc, first.log_loss) == (found["auc"], found["log_loss"])
    assert (first.churned, first.risk) == (churned.mean(), risk.mean())
    assert (first.value_predicted, first.value_actual) == (expected.sum(), value.sum())


def test_a_group_of_few_is_counted_but_not_measured(users):
    code = np.repeat([0, 1], [49, 251])
    _, few, enough = measure({"tier": Grouping(("none", "high"), code)}, *users)
    assert few == Slice("tier", "none", 49) and enough.auc is not None and few.off == 0
    _, few, _ = measure({"tier": Grouping(("none", "high"), np.repeat([0, 1], [50, 250]))}, *users)
    assert few.auc is not None


def test_tenure_is_cut_at_one_and_four_horizons():
    found = tenure(30, np.array([0, 29.9, 30, 119.9, 120, 9999]))
    assert found.names == ("under 30 days", "30 to 120 days", "120 days or more")
    assert found.code.tolist() == [0, 0, 1, 1, 2, 2]


def test_how_far_off_is_told_in_standard_errors():
    assert Slice("tier", "a", 100, 0.6, 0.5).off == pytest.approx(-0.1 / 0.05)
    assert Slice("tier", "a", 100, 1.0, 1.0).off == 0


def test_several_cutoffs_are_put_one_after_the_other():
    first = {"stage": Grouping(("a", "b"), np.array([0, 1])), "tier": Grouping(("x",), np.array([0, 0]))}
    found = together([(datetime(2026, 1, 1), first), (NOON, {"stage": Grouping(("a", "b"), np.array([1]))})], [2, 1])
    assert found.keys() == {"cutoff", "stage"}
    assert found["cutoff"].names == ("2026-01-01 00:00", "2026-01-01 12:00")  # of one day: with their times
    assert found["cutoff"].code.tolist() == [0, 0, 1] and found["stage"].code.tolist() == [0, 1, 1]


def test_the_weakest_groups_are_those_told_apart_worst_and_those_furthest_off():
    def group(name, auc, risk):
        return Slice("stage", name, 400, 0.5, risk, auc, 0.6, 1.0, 1.0)

    whole = Slice("all", "everybody", 1600, 0.5, 0.5, 0.8, 0.5, 4.0, 4.0)
    good, flat, low = group("good", 0.9, 0.5), group("flat", 0.6, 0.52), group("low", 0.7, 0.4)
    few = Slice("stage", "few", 9)
    assert weakest([whole, good, flat, low, few]) == ([flat, low], [low])
    assert weakest([whole, good, flat, low], 1) == ([flat], [low])


# On a trained base


def test_users_are_on_the_stage_that_they_had_at_the_cutoff(system):
    result = system.result
    found = groupings(system, result.as_of, result.test, result.score["tier"].to_numpy())
    assert list(found) == ["stage", "tier", "tenure"]
    stage = np.array(found["stage"].names)[found["stage"].code]
    silence, age = result.test.features["days_since_active"], result.test.features["tenure_days"]
    assert (silence[np.char.startswith(stage, "lapsed")] > 30).all() and (age[stage == "new"] <= 14).all()
    assert len(set(stage)) >= 5 and "prospect" not in stage  # who was never active is not eligible


def test_a_rule_on_what_is_known_of_today_alone_leaves_the_stages_out(system):
    # `plan` has no date: it would tell of a past cutoff what was only known later.
    config = Config.model_validate(system.config.model_dump() | {"lifecycle": {"healthy": {"all": ["plan == 'plus'"]}}})
    result = system.result
    found = groupings(
        UserBase(config, system.con, system.tables), result.as_of, result.test, np.zeros(len(result.test), int)
    )
    assert list(found) == ["tier", "tenure"]
