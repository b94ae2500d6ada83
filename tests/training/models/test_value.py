"""What users will be worth: tiers and their bounds by hand, and when there is nothing to learn from."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from training.models import boost, value
from training.models.value import Bounds, staying

COUNT = 600


@pytest.fixture(scope="module")
def spenders(rows_of):
    """Rows of 600 users at two cutoffs; who was active before is active and spends: their rate, and noise."""
    random = np.random.default_rng(0)
    rate = random.gamma(2, 1, COUNT)
    spent = np.where(random.random(COUNT) < 1 - np.exp(-rate), np.round(rate * random.lognormal(2, 0.5, COUNT), 2), 0)
    return rows_of(
        churned=spent == 0, value=spent, cutoff=np.repeat([0, 1], COUNT // 2), cutoffs=(1, 2),
        rate=rate, noise=random.normal(size=COUNT),
    )  # fmt: skip


@pytest.fixture(scope="module")
def learnt(config_of):
    """learnt(rows, weight): the boosters, the bounds, and the predictions for those rows at a risk of .5."""

    def make(rows, weight=None, **sections):
        matrix = rows.matrix(["rate", "noise"])
        data = boost.dataset(matrix, ["rate", "noise"])
        boosters, bounds = value.train(config_of(**sections), data, rows, matrix, threads=1, weight=weight)

        def booster(name):
            return boost.predict(boosters[name], matrix, 1)

        return boosters, bounds, value.predict(boosters, bounds, booster, np.full(len(rows), 0.5))

    return make


def changed(rows, **columns):
    return replace(rows, **{name: np.asarray(column, float) for name, column in columns.items()})


# Tiers


def test_bounds_are_percentiles_of_positive_spend():
    spend = np.array([-10, 0, 0, 0, 10, 20, 30, 40, 50])
    assert value.tier_bounds(spend, [0.5, 0.8]) == pytest.approx((30, 42))
    assert value.tier_bounds(spend, []) == ()
    assert value.tier_bounds(np.array([0, -5]), [0.5, 0.8]) == ()


def test_a_bound_belongs_to_the_tier_below_it():
    spend = np.array([-5, 0, 0.01, 30, 30.01, 42, 42.01, 1e9])
    assert value.tiers(spend, (30, 42)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_without_bounds_there_are_two_tiers():
    assert value.tiers(np.array([-5, 0, 3]), ()).tolist() == [0, 0, 1]


def test_the_expected_tier_is_a_mean():
    assert value.expected_tier(np.array([[1, 0, 0], [0, 0, 1], [0.5, 0.25, 0.25]])).tolist() == [0, 2, 0.75]


def test_every_tier_gets_the_share_its_probabilities_promise():
    probabilities = np.random.default_rng(0).dirichlet([5, 3, 1, 0.5], 10_000)
    cuts = value.share_cuts(probabilities)
    tier = np.searchsorted(cuts, value.expected_tier(probabilities), side="right")
    assert np.bincount(tier, minlength=4) / 10_000 == pytest.approx(probabilities.mean(axis=0), abs=2e-4)


def test_ranks_are_taken_within_the_cutoff_and_shared_by_equals(rows_of):
    rows = rows_of(value=[5, 0, 0, 9, 100, 200], cutoff=[0, 0, 0, 0, 1, 1])
    assert value.within_cutoff_rank(rows).tolist() == [0.75, 0.375, 0.375, 1, 0.5, 1]


# Predictions

OUTPUT = {"tweedie": 4.0, "amount": np.log(10), "stay": 9.0, "spend": 0.3, "rank": 1.2, "tier": [[0.1, 0.2, 0.7]]}


@pytest.mark.parametrize("spend, hurdle", [(True, 0.3 * 10 * 1.5), (False, 0.8 * 10 * 1.5)])
def test_the_amount_is_the_mean_of_both_models(spend, hurdle):
    # Where to spend is the same as to stay, the risk of .2 stands for a model of its own.
    names = OUTPUT if spend else {name: text for name, text in OUTPUT.items() if name != "spend"}
    found = value.predict(
        names, Bounds((5,), (0.5, 1.5), 1.5), lambda name: np.atleast_1d(OUTPUT[name]), np.array([0.2])
    )
    assert found["expected_value"] == pytest.approx((4 + hurdle) / 2)
    assert found["value_if_stays"] == 9 and found["stay_tier"] == 1
    assert found["value_rank"] == 1  # a rank is never above the highest
    assert found["tier"] == 2


def test_it_tells_big_spenders_from_small(learnt, spenders):
    _, bounds, found = learnt(spenders)
    rate = spenders.features["rate"]
    for name in ("expected_value", "value_if_stays", "value_rank", "tier"):
        assert found[name][rate > 3].mean() > found[name][rate < 1].mean()
    assert (found["expected_value"] > 0).all() and set(found["tier"]) <= {0, 1, 2, 3}
    assert bounds.smearing > 1  # the exponential of a mean lies below the mean


def test_the_value_of_those_who_stay_is_learned_from_them_alone(learnt, spenders):
    rich = changed(spenders, value=np.where(spenders.churned == 1, 1000, spenders.value))
    richer = changed(spenders, value=np.where(spenders.churned == 1, 2000, spenders.value))
    plain, other = learnt(rich)[0], learnt(richer)[0]
    assert plain["stay"] == other["stay"] and plain["tweedie"] != other["tweedie"]


@pytest.mark.parametrize("spend", [True, False])
def test_without_a_model_of_stayers_the_expected_value_is_the_chance_to_stay_times_the_value_if_they_do(spend):
    names = {name: text for name, text in OUTPUT.items() if name != "stay" and (spend or name != "spend")}
    risk = np.array([0.2])
    found = value.predict(names, Bounds((5,), (0.5, 1.5), 1.5), lambda name: np.atleast_1d(OUTPUT[name]), risk)
    assert found["expected_value"] == pytest.approx((4 + (0.3 if spend else 0.8) * 10 * 1.5) / 2)
    assert (1 - risk) * found["value_if_stays"] == pytest.approx(found["expected_value"], rel=1e-12)


def test_a_correction_of_the_risk_moves_the_expected_value_and_not_what_stayers_are_worth():
    names = {name: text for name, text in OUTPUT.items() if name not in ("stay", "spend")}
    given = (names, Bounds((5,), (0.5, 1.5), 1.5), lambda name: np.atleast_1d(OUTPUT[name]))
    plain, moved = (value.predict(*given, np.array([risk]), np.array([0.2])) for risk in (0.2, 0.6))
    assert moved["value_if_stays"] == plain["value_if_stays"]
    assert moved["expected_value"] == pytest.approx(plain["expected_value"] * 0.4 / 0.8)


def test_a_season_moves_what_is_spent_like_the_orders_of_who_orders_at_random():
    # Rates of 1.5 and .1 orders of 10 each; the season makes them 1.4 times as many. Some stay, so many orders each.
    rate = np.array([1.5, 0.1])
    before, risk = np.exp(-rate), np.exp(-1.4 * rate)
    stays = {"expected_value": 10 * rate * (1 - risk) / (1 - before), "value_if_stays": 10 * rate / (1 - before)}
    found = value.in_season({**stays, "value_rank": rate}, Bounds((), (), 1.0, (15.0,)), before, risk)
    assert found["expected_value"] == pytest.approx(14 * rate)
    assert found["value_if_stays"] * (1 - risk) == pytest.approx(found["expected_value"])
    assert found["stay_tier"].tolist() == [2, 1] and found["value_rank"] is rate
    same = value.in_season(stays, Bounds((), (), 1.0), before, before)
    assert same["value_if_stays"] == pytest.approx(stays["value_if_stays"])
    for told in (0.0, 1.0):  # nobody, and everybody, is told to stay
        edge = value.in_season(stays, Bounds((), (), 1.0), np.full(2, told), np.full(2, told))
        assert np.isfinite(edge["expected_value"]).all()


def test_a_correction_of_the_risk_moves_the_tiers_with_the_chance_to_stay():
    tiers = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
    before, risk = np.array([0.6, 0.2]), np.array([0.8, 0.6])
    moved = value.corrected(tiers, before, risk)
    assert moved == pytest.approx(np.array([[0.8, 0.15, 0.05], [0.6, 0.25, 0.15]]))
    assert value.corrected(tiers, None, risk) is tiers
    back = value.corrected(tiers, before, np.array([0.0, 0.0]))
    assert back[:, 0] == pytest.approx(0) and back.sum(axis=1) == pytest.approx(1)  # never more than everybody
    assert back[0, 1:] == pytest.approx([0.75, 0.25])

    names = {name: text for name, text in OUTPUT.items() if name not in ("stay", "spend")}
    given = (names, Bounds((5,), (0.5, 1.5), 1.5), lambda name: np.atleast_1d(OUTPUT[name]))
    found = [value.predict(*given, np.array([at]), np.array([0.2]))["tier"].item() for at in (0.2, 0.5, 0.8)]
    assert found == [2, 1, 0]


def test_what_stayers_are_worth_is_a_number_where_nobody_is_told_to_stay():
    names = {name: text for name, text in OUTPUT.items() if name not in ("stay", "spend")}
    given = (names, Bounds((5,), (0.5, 1.5), 1.5), lambda name: np.atleast_1d(OUTPUT[name]))
    found = value.predict(*given, np.array([1.0]), np.array([1.0]))
    assert np.isfinite(found["value_if_stays"]) and found["value_if_stays"] >= 0 and found["expected_value"] == 0


def test_what_stayers_are_worth_comes_near_to_what_they_bring(learnt, spenders):
    # At the true risk exp(−rate), who stays brings rate × exp(2 + .5² / 2) on average.
    boosters, bounds, _ = learnt(spenders)
    matrix = spenders.matrix(["rate", "noise"])
    risk = np.exp(-spenders.features["rate"])
    found = value.predict(boosters, bounds, lambda name: boost.predict(boosters[name], matrix, 1), risk)
    stayed = spenders.churned == 0
    assert found["value_if_stays"][stayed].mean() == pytest.approx(spenders.value[stayed].mean(), rel=0.1)


# Stay tiers


def test_stay_tiers_cut_what_users_are_told_to_be_worth_and_none_is_without():
    worth = np.arange(1.0, 11)
    bounds = value.stay_bounds(worth, [0.5, 0.8])
    assert bounds == pytest.approx((5.5, 8.2)) and value.stay_bounds(np.array([]), [0.5]) == ()
    assert value.stay_tiers(worth, bounds).tolist() == [1] * 5 + [2] * 3 + [3] * 2
    assert value.stay_tiers(np.array([0.0, 5.5]), bounds).tolist() == [1, 1]
    assert value.stay_tiers(worth, ()).tolist() == [1] * 10


def test_bounds_are_those_of_the_last_cutoff(learnt, spenders):
    last = spenders.cutoff == 1
    _, bounds, _ = learnt(changed(spenders, value=np.where(last, spenders.value, 10 * spenders.value)))
    assert bounds.tier_bounds == value.tier_bounds(spenders.value[last], [0.5, 0.8])


def test_who_spends_needs_a_model_only_where_it_is_not_who_stays(learnt, spenders):
    boosters, _, _ = learnt(spenders)
    assert boosters.keys() == {"tweedie", "amount", "rank", "tier"}
    free = np.flatnonzero(spenders.churned == 0)[0]
    with_spend, _, _ = learnt(changed(spenders, value=np.where(np.arange(COUNT) == free, 0, spenders.value)))
    assert with_spend.keys() == boosters.keys() | {"spend"}


def test_nobody_spent(learnt, spenders):
    # A refund is no spend.
    boosters, bounds, found = learnt(changed(spenders, value=np.where(spenders.value > 20, -5, 0)))
    assert (boosters, bounds) == ({}, Bounds((), (), 1.0))
    assert (found.pop("stay_tier") == 1).all() and all((column == 0).all() for column in found.values())
    assert found.keys() == {"expected_value", "value_if_stays", "value_rank", "tier"}


def test_nobody_who_stayed_spent(learnt, spenders):
    boosters, _, found = learnt(changed(spenders, churned=spenders.value > 0))
    assert "stay" not in boosters and "spend" in boosters
    assert np.isfinite(found["value_if_stays"]).all()


def test_bounds_are_those_of_the_last_cutoff_that_saw_any_spend(learnt, spenders):
    early = spenders.cutoff == 0
    _, bounds, _ = learnt(changed(spenders, value=np.where(early, spenders.value, 0)))
    assert bounds.tier_bounds == value.tier_bounds(spenders.value[early], [0.5, 0.8])


def test_one_spender_is_no_error(learnt, spenders):
    _, bounds, found = learnt(changed(spenders, value=np.arange(COUNT) == COUNT - 1))
    assert bounds.tier_bounds == (1, 1)
    assert all(np.isfinite(column).all() for column in found.values())


@pytest.mark.parametrize("names, cuts", [(["none", "some"], []), (["none", "a", "b", "c", "d"], [0.2, 0.5, 0.9])])
def test_a_team_may_have_other_tiers(learnt, spenders, names, cuts):
    _, bounds, found = learnt(spenders, value={"tiers": names, "cuts": cuts})
    assert len(bounds.tier_bounds) == len(names) - 2 and len(bounds.tier_cuts) == len(names) - 1
    assert set(found["tier"]) == set(range(len(names)))


def test_weights_reach_every_model_and_the_smearing(learnt, spenders):
    weight = np.where(spenders.cutoff == 1, 1.0, exp(-2))
    plain, weighted = learnt(spenders), learnt(spenders, weight)
    assert all(plain[0][name] != weighted[0][name] for name in plain[0])
    assert plain[1].smearing != weighted[1].smearing and plain[1].tier_bounds == weighted[1].tier_bounds


def test_values_follow_the_chance_to_stay():
    said, corrected = np.array([0.5, 0.5, 0.8, 0.99, 0.2, 1.0]), np.array([0.5, 0.75, 0.6, 0.5, 0.99, 1.0])
    np.testing.assert_allclose(staying(said, corrected), [1, 0.5, 2, 3, 1 / 3, 1 / 3])
