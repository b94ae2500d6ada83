"""Who is contacted stays within the limit, what it brings is told without bias, and nothing is spent on chance."""

import json
from dataclasses import replace

import numpy as np
import pytest

from features.errors import BadInput
from training.verification.policies import (
    AT_STAKE,
    ENOUGH,
    HELD_BACK,
    PROVABLE,
    RANDOM,
    RESPONSE,
    RISK,
    UPLIFT,
    Limit,
    contacted,
    decide,
    rankings,
    value,
    weighted,
)
from training.verification.uplift import Learned, learn

RANKING = np.array([3.0, 1.0, 2.0, -1.0, 5.0, 4.0])


@pytest.fixture
def told():
    """told(uplift, true=uplift): as if learned, with pseudo-outcomes of the true uplift and a noise of 1."""

    def make(uplift, true=None, seed=0):
        noise = np.random.default_rng(seed).normal(size=len(uplift))
        effect = (uplift if true is None else true) + noise
        fold = np.arange(len(uplift)) % 5
        return Learned(fold, uplift, np.full(len(uplift), 0.5), np.full(len(uplift), 0.4), effect, None)

    return make


# Who is contacted


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (Limit(), [0, 1, 2, 3, 4, 5]),
        (Limit(share=0.5), [0, 4, 5]),
        (Limit(share=0.49), [4, 5]),
        (Limit(budget=8), [0, 2, 4, 5]),
        (Limit(budget=7.9), [0, 4, 5]),
        (Limit(share=0.5, budget=4), [4, 5]),
        (Limit(budget=0), []),
    ],
)
def test_the_first_within_share_and_budget_are_contacted(limit, expected):
    assert np.flatnonzero(contacted(RISK, RANKING, limit, 2.0)).tolist() == expected


def test_dear_users_exhaust_the_budget_sooner():
    cost = np.array([2.0, 1, 1, 1, 6, 2])
    assert np.flatnonzero(contacted(RISK, RANKING, Limit(budget=10), cost)).tolist() == [0, 4, 5]


def test_by_uplift_nobody_is_contacted_at_a_loss():
    assert np.flatnonzero(contacted(UPLIFT, RANKING, Limit())).tolist() == [0, 1, 2, 4, 5]
    assert not contacted(UPLIFT, -np.abs(RANKING), Limit()).any()


def test_the_limit_holds_in_each_fold():
    random = np.random.default_rng(0)
    fold = random.integers(0, 5, 1003)
    ranking = random.normal(size=1003) + 10 * fold  # one fold's model says more of everybody
    chosen = contacted(RISK, ranking, Limit(share=0.3), 1.0, fold)
    assert np.bincount(fold, chosen).tolist() == [np.floor(0.3 * n) for n in np.bincount(fold)]
    spent = contacted(RISK, ranking, Limit(budget=100), 1.0, fold)
    assert 95 <= spent.sum() <= 100 and np.bincount(fold, spent).min() >= 17
    for k in range(5):
        here = fold == k
        assert ranking[here & chosen].min() > ranking[here & ~chosen].max()


def test_ties_are_not_broken_by_the_order_of_rows():
    chosen = contacted(RISK, np.zeros(10_000), Limit(share=0.5))
    assert abs(chosen[:5000].mean() - 0.5) < 0.03


@pytest.mark.parametrize("limit", [{"share": 0}, {"share": 1.1}, {"budget": -1}, {"share": float("nan")}])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(BadInput, match="give a share of"):
        Limit(**limit)


def test_rankings_are_what_they_say_and_only_of_what_is_known():
    uplift, response, worth = np.array([0.1, 0.2]), np.array([0.5, 0.6]), np.array([100.0, 10.0])
    found = rankings(uplift, response, worth, np.array([0.3, 0.9]), np.array([7.0, 8.0]), cost=5.0)
    assert list(found) == [UPLIFT, RESPONSE, RISK, AT_STAKE, RANDOM]
    assert found[UPLIFT].tolist() == [5, -3] and found[RESPONSE].tolist() == [50, 6]
    assert found[RISK].tolist() == pytest.approx([30, 9]) and found[AT_STAKE].tolist() == [7, 8]
    assert list(rankings(uplift, response, worth)) == [UPLIFT, RESPONSE, RANDOM]


# What it brings


@pytest.mark.parametrize("way", ["doubly robust", "weighted"])
def test_the_value_is_unbiased_and_its_error_is_right(way):
    worth, errors = 20.0, []
    for seed in range(60):
        random = np.random.default_rng(seed)
        x = random.normal(size=(1000, 2))
        treated = random.random(1000) < 0.7
        outcome = 1 + x[:, 1] + (0.3 + 0.5 * x[:, 0]) * treated + random.normal(size=1000)
        chosen = x[:, 0] > 0
        effect = learn(x, treated, outcome, 0.7).effect if way == "doubly robust" else weighted(treated, outcome, 0.7)
        found = value(chosen, effect, worth, 2.0)
        true = (chosen * ((0.3 + 0.5 * x[:, 0]) * worth - 2)).mean()
        errors.append((found.gain - true) / found.error)
        assert found.contacted == chosen.mean()
    assert abs(np.mean(errors)) < 3 / np.sqrt(60) and 0.7 < np.std(errors) < 1.3


# The rule


def test_small_trials_rank_by_uplift_whatever_values_say(told):
    users = ENOUGH - 1
    uplift = np.full(users, 0.2)
    true = np.where(np.arange(users) % 2 == 0, 0.0, 0.4)
    learned = told(uplift, true)
    decision = decide(learned, np.ones(users), Limit(share=0.5), risk=true)
    assert decision.ranking == UPLIFT and decision.spend and "fewer than 8,000" in decision.why.en
    assert decision.values[RISK].gain > decision.values[UPLIFT].gain
    assert decision.values[RISK].better > 3 * decision.values[RISK].better_error


def test_large_trials_rank_by_what_brings_more_beyond_an_error(told):
    users = 2 * ENOUGH
    uplift = np.random.default_rng(1).normal(0.2, 0.01, users)
    true = np.where(np.arange(users) % 2 == 0, 0.0, 0.4)
    decision = decide(told(uplift, true), np.ones(users), Limit(share=0.5), risk=true)
    assert (
        decision.ranking == RISK and decision.spend and decision.why.en.startswith("risk chooses 8,000 of 16,000 users")
    )
    right = decide(told(true), np.ones(users), Limit(share=0.5), risk=uplift)
    assert right.ranking == UPLIFT and "no other ranking" in right.why.en


def test_a_ranking_that_is_better_within_an_error_does_not_replace_uplift(told):
    users, risk = 2 * ENOUGH, np.random.default_rng(2).random(2 * ENOUGH)
    learned = told(np.random.default_rng(1).normal(0.2, 0.01, users))
    for seed in range(20):
        learned = told(learned.uplift, np.full(users, 0.2), seed)
        found = decide(learned, np.ones(users), Limit(share=0.5), risk=risk).values[RISK]
        if 0.1 * found.better_error < found.better < 0.9 * found.better_error:
            others = decide(learned, np.ones(users), Limit(share=0.5), risk=risk, seed=seed)
            best = max(others.values, key=lambda name: others.values[name].gain)
            if best == RISK:
                assert others.ranking == UPLIFT
                return
    pytest.fail("no such draw")


def test_nothing_is_spent_where_it_brings_nothing(told):
    users = 2 * ENOUGH
    uplift = np.full(users, 0.1)
    good = decide(told(uplift), np.ones(users), Limit(), cost=0.01)
    assert good.spend and not good.why.en.startswith(HELD_BACK)
    for harm in (told(uplift, -uplift), told(-uplift)):
        decision = decide(harm, np.ones(users), Limit(share=0.5), cost=0.01)
        assert not decision.spend and decision.why.en.startswith(HELD_BACK)


def test_a_ranking_picked_for_its_value_does_not_open_the_purse_alone(told):
    users = 2 * ENOUGH
    uplift = np.random.default_rng(1).normal(0.2, 0.01, users)
    true = np.where(np.arange(users) % 2 == 0, -0.1, 0.1)  # what uplift chooses brings nothing
    decision = decide(told(uplift, true), np.ones(users), Limit(share=0.5), risk=true)
    best = decision.values[RISK]
    assert decision.ranking == RISK and best.gain > 3 * best.error
    assert not decision.spend and decision.why.en.startswith(HELD_BACK)


def test_within_one_standard_error_is_not_proven(told):
    users = 1000
    learned = told(np.full(users, 0.1))
    for of_error, spend in ((0.9, False), (1.1, True)):
        error = learned.effect.std(ddof=1) / np.sqrt(users)
        moved = replace(learned, effect=learned.effect - learned.effect.mean() + of_error * error)
        assert decide(moved, np.ones(users), Limit()).spend is spend


def test_a_handful_of_users_proves_nothing(told):
    for few, spend in ((PROVABLE - 1, False), (PROVABLE, True)):
        uplift = np.where(np.arange(2000) < few, 5.0, -1.0)
        decision = decide(told(uplift), np.ones(2000), Limit())
        assert decision.spend is spend and decision.values[UPLIFT].gain > 5 * decision.values[UPLIFT].error


def test_a_decision_is_plain_numbers(told):
    decision = decide(told(np.full(500, 0.3)), np.ones(500), Limit(), risk=np.linspace(0, 1, 500))
    plain = json.loads(json.dumps(decision.plain()))
    assert plain["ranking"] == UPLIFT and plain["values"][RISK]["contacted"] == 1
