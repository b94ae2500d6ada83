import re

import numpy as np
import pytest

from training.verification.arms import outcome
from training.verification.churn_effect import share_effect
from training.verification.effect import numeric_effect
from training.verification.trial import check
from training.verification.verdict import CHURN, VALUE, Aim, judge

TRIAL = check((9_000, 1_000), 0.1)


def churn(treated, held, level=0.95):
    """An effect of arms of 9,000 and 1,000 with these churned shares."""
    arm = np.arange(10_000) < 9_000
    place = np.concatenate([np.arange(9_000) / 9_000, np.arange(1_000) / 1_000])
    return share_effect(outcome(arm, place < np.where(arm, treated, held)), level)


def value(treated, held):
    arm = np.arange(10_000) < 9_000
    return numeric_effect(outcome(arm, np.where(arm, treated, held) + np.random.default_rng(1).normal(size=10_000)))


@pytest.mark.parametrize(
    "effect, aim, word",
    [
        (churn(0.25, 0.30), CHURN, "worked"),
        (churn(0.35, 0.30), CHURN, "harm"),
        (churn(0.29, 0.30), CHURN, "not proven"),
        (value(3.0, 2.0), VALUE, "worked"),
        (value(2.0, 3.0), VALUE, "harm"),
        (value(2.0, 2.0), VALUE, "not proven"),
    ],
)
def test_the_word_follows_the_interval_and_what_is_good(effect, aim, word):
    assert judge(TRIAL, effect, aim).verdict == word


def test_the_sentence_holds_the_figures_in_both_languages():
    found = judge(TRIAL, churn(0.25, 0.30))
    for words in (found.sentence.en, found.sentence.zh):
        assert "25.0%" in words and "30.0%" in words and "-5.00" in words
    assert found.sentence.en.startswith("it worked: churn") and "流失率" in found.sentence.zh and found.missing is None


def test_not_proven_says_how_many_users_it_takes():
    found = judge(TRIAL, churn(0.29, 0.30), more_to_come=True)
    assert found.missing > 10_000 and f"{found.missing:,}" in found.next.en and f"{found.missing:,}" in found.next.zh
    assert found.sentence.en.startswith("not proven yet") and "next look" in found.next.en
    planned = judge(TRIAL, churn(0.29, 0.30), Aim(CHURN.name, "share", lower=True, effect=-0.03))
    assert 0 < planned.missing < found.missing and "the planned -3.00 points" in planned.next.en


def test_not_proven_with_enough_users_says_that_it_is_smaller():
    found = judge(TRIAL, churn(0.295, 0.30), Aim(CHURN.name, "share", lower=True, effect=-0.1))
    assert found.missing == 0 and "enough users" in found.next.en and "足以" in found.next.zh


def test_no_difference_at_all_is_never_proven():
    found = judge(TRIAL, churn(0.3, 0.3))
    assert found.verdict == "not proven" and found.missing is None and "no number of users" in found.next.en


def test_what_points_the_wrong_way_is_not_to_be_widened():
    found = judge(TRIAL, churn(0.31, 0.30))
    assert found.verdict == "not proven" and "points to harm" in found.next.en and "有害" in found.next.zh


def test_an_early_look_is_stricter():
    assert judge(TRIAL, churn(0.26, 0.30)).verdict == "worked"
    assert judge(TRIAL, churn(0.26, 0.30, level=0.999), more_to_come=True).verdict == "not proven"


@pytest.mark.parametrize(
    "trial",
    [
        check((9_000, 0), 0.1),
        check((9_000, 500), 0.1),
        check((9_000, 900), 0.1, planned=(9_000, 1_000)),
        check((900, 100), 0.1, in_both_arms=1),
        check((900, 100), 0.1, assigned_late=1),
        check((900, 100), 0.1, scored_late=1),
    ],
)
def test_what_is_refused_has_no_effect_however_large(trial):
    found = judge(trial, churn(0.1, 0.9))
    assert found.verdict == "no trial" and found.missing is None
    assert trial.refusals[0].what in found.sentence.en and found.next.en == trial.refusals[0].cure
    assert re.search("[一-鿿]", found.sentence.zh) and re.search("[一-鿿]", found.next.zh)


def test_an_open_window_is_waited_for():
    found = judge(TRIAL, None)
    assert found.verdict == "not proven" and "still open" in found.sentence.en and "wait" in found.next.en
    assert judge(check((9_000, 0), 0.1), None).verdict == "no trial"
