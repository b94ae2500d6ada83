"""Uplift is found where there is some, none is made up where there is none, and nobody's own outcome tells of him."""

import json

import numpy as np
import pytest

from features.errors import BadInput
from training.verification.uplift import FAR, Design, learn, restore, with_scores

NAMES = ("habit", "noise", "spend")


def trial(users=4000, share=0.5, seed=0, effect=lambda x: 1.0 + 2.0 * x[:, 0]):
    """Features, arm, outcome: it rises with noise by 3, and by the effect in the treated."""
    random = np.random.default_rng(seed)
    x = np.column_stack([random.normal(size=(users, 2)), random.lognormal(3, 1, users)])
    treated = random.random(users) < share
    return x, treated * 1, 3 * x[:, 1] + effect(x) * treated + random.normal(size=users)


def test_the_uplift_that_was_put_in_comes_out():
    x, treated, outcome = trial()
    learned = learn(x, treated, outcome, 0.5, NAMES)
    true = 1 + 2 * x[:, 0]
    assert np.corrcoef(learned.uplift, true)[0, 1] > 0.98
    assert np.abs(learned.uplift - true).mean() < 0.15
    assert np.abs(learned.response - (3 * x[:, 1] + true)).mean() < 0.15
    assert np.abs(learned.untouched - 3 * x[:, 1]).mean() < 0.15


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_means_of_the_pseudo_outcome_are_the_effect_of_a_group(share):
    errors = []
    for seed in range(40):
        x, treated, outcome = trial(2000, share, seed)
        effect, group = learn(x, treated, outcome, share, NAMES, seed=seed).effect, x[:, 0] > 0.5
        told, error = effect[group].mean(), effect[group].std() / np.sqrt(group.sum())
        errors.append((told - (1 + 2 * x[group, 0]).mean()) / error)
    assert abs(np.mean(errors)) < 3 / np.sqrt(40) and 0.6 < np.std(errors) < 1.4


def test_where_users_do_not_differ_all_get_about_the_mean():
    x, treated, outcome = trial(effect=lambda x: 0.5)
    uplift = learn(x, treated, outcome, 0.5, NAMES).uplift
    assert uplift.mean() == pytest.approx(0.5, abs=0.1) and uplift.std() < 0.1


def test_thirty_features_of_noise_make_up_no_differences():
    random = np.random.default_rng(3)
    x, treated = random.normal(size=(1000, 30)), random.random(1000) < 0.5
    uplift = learn(x, treated, 0.5 * treated + random.normal(size=1000), 0.5).uplift
    assert uplift.std() < 0.15  # without a penalty: about .4


def test_a_users_own_outcome_changes_nothing_that_is_said_of_him():
    x, treated, outcome = trial(400)
    before = learn(x, treated, outcome, 0.5, NAMES)
    changed = outcome.copy()
    changed[7] += 1000
    after = learn(x, treated, changed, 0.5, NAMES)
    fold = before.fold == before.fold[7]
    for name in ("uplift", "response", "untouched"):
        np.testing.assert_allclose(getattr(before, name)[fold], getattr(after, name)[fold], rtol=1e-9)
    assert np.abs(before.uplift - after.uplift)[~fold].max() > 1
    assert np.abs(before.effect - after.effect)[7] > 1000  # his pseudo-outcome holds it, which is what it is for


def test_a_share_by_user_is_heeded():
    random = np.random.default_rng(1)
    x = random.normal(size=(20_000, 1))
    share = np.where(x[:, 0] > 0, 0.9, 0.1)  # those who stay anyway were contacted more
    treated = random.random(len(x)) < share
    outcome = np.sign(x[:, 0]) + random.normal(size=len(x))
    told = [learn(np.zeros((len(x), 1)), treated, outcome, p).effect.mean() for p in (share, 0.5)]
    assert abs(told[0]) < 0.1 and told[1] > 1


def test_missing_values_stand_at_the_mean_and_are_told_apart():
    x, treated, outcome = trial()
    gone = np.random.default_rng(2).random(len(x)) < 0.3
    x[gone, 0] = np.nan
    outcome += 5.0 * gone * treated  # a contact works best on those of whom nothing is known
    learned = learn(x, treated, outcome, 0.5, NAMES)
    assert np.isfinite(learned.uplift).all()
    assert learned.uplift[gone].mean() == pytest.approx(6, abs=0.4)
    assert learned.predictor(np.array([[np.nan, 0, 20.0]]))[0] == pytest.approx(6, abs=0.5)
    assert learned.predictor(np.array([[np.inf, 0, 20.0]]))[0] == pytest.approx(6, abs=0.5)


def test_columns_that_say_nothing_harm_nothing():
    x, treated, outcome = trial()
    odd = np.column_stack([x, np.full(len(x), 7.0), np.full(len(x), np.nan), x[:, 0]])
    learned = learn(odd, treated, outcome, 0.5, (*NAMES, "constant", "empty", "twice"))
    assert np.corrcoef(learned.uplift, 1 + 2 * x[:, 0])[0, 1] > 0.98
    unlike = odd[:5].copy()
    unlike[:, 3:5] = 1e9  # what was constant or empty in the trial has no weight
    np.testing.assert_allclose(learned.predictor(unlike), learned.predictor(odd[:5]))


def test_skewed_amounts_count_by_their_log_too_and_far_ones_as_less_far():
    x, treated, outcome = trial(effect=lambda x: np.log1p(x[:, 2]))
    design = Design.of(x, NAMES)
    assert design.logs == (2,) and design(x).shape == (len(x), 5)
    assert np.abs(design(x)[:, 1:]).max() <= FAR
    learned = learn(x, treated, outcome, 0.5, NAMES)
    assert np.corrcoef(learned.uplift, np.log1p(x[:, 2]))[0, 1] > 0.95


def test_the_predictor_says_the_same_after_json():
    x, treated, outcome = trial(500)
    predictor = learn(x, treated, outcome, 0.5, NAMES).predictor
    again = restore(json.loads(json.dumps(predictor.plain())))
    assert again == predictor and again.design.names == NAMES
    for what in ("uplift", "response"):
        np.testing.assert_array_equal(again(x, what), predictor(x, what))
    assert np.corrcoef(predictor(x), 1 + 2 * x[:, 0])[0, 1] > 0.9
    assert np.corrcoef(predictor(x, "response"), 1 + 2 * x[:, 0] + 3 * x[:, 1])[0, 1] > 0.9


def test_the_same_seed_gives_the_same():
    x, treated, outcome = trial(500)
    one, two, other = (learn(x, treated, outcome, 0.5, seed=seed).uplift for seed in (1, 1, 2))
    assert (one == two).all() and (one != other).any()


def test_scores_go_in_with_their_doubt():
    x, names = with_scores(np.zeros((2, 1)), ("habit",), np.array([0.5, 1.0]), np.array([10.0, 20.0]))
    assert names == ("habit", "risk", "doubt", "worth") and x.tolist() == [[0, 0.5, 0.25, 10], [0, 1, 0, 20]]


def replaced(**changes):
    x, treated, outcome = trial(200)
    return {"x": x, "treated": treated, "outcome": outcome, "share": 0.5} | changes


REFUSED = {
    "an arm that is neither": (replaced(treated=np.full(200, 2)), "arm 2; give 1 for treatment"),
    "no holdout": (replaced(treated=np.ones(200)), "0 users in holdout; 50 are needed"),
    "few treated": (replaced(treated=np.arange(200) < 49), "49 users in treatment"),
    "open windows": (replaced(outcome=np.full(200, np.nan)), "200 outcomes are null"),
    "no trial": (replaced(share=1.0), "assignment share 1;"),
    "a flat matrix": (replaced(x=np.zeros((200,)), names=["x"]), r"shape \(200,\)"),
    "names too many": (replaced(names=["a", "b", "c", "d"]), "4 columns"),
    "rows too few": (replaced(x=np.zeros((199, 2))), "199 rows of features and 200 users"),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_teach_is_refused_in_one_line(given, message):
    with pytest.raises(BadInput, match=message) as told:
        learn(**given)
    assert "\n" not in str(told.value)
