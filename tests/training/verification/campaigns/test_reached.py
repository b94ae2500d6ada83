"""Who was reached, by messages of a few rows."""

import pytest

from training.verification.campaigns.assigned import campaigns, with_pooled
from training.verification.campaigns.reached import late, reached

ORDERS = ["user_id ago amount", (1, 100, 1)]
NAME = 'l\'été "x"; --'


@pytest.fixture
def campaign(assigned):
    rows = [(1, 0, NAME, "treatment"), (2, 0, NAME, "treatment"), (3, 0, NAME, "holdout"), (4, 0, NAME, "holdout")]
    return next(campaigns(assigned(rows)))


def told(base_of, campaign, *messages):
    base = base_of(orders=ORDERS, messages=["user_id ago campaign_id", *messages])
    return late(base, campaign), reached(base, campaign)


def test_a_message_within_the_window_reaches_and_twice_is_once(base_of, campaign):
    found = told(base_of, campaign, (1, 0, NAME), (1, -3, NAME), (2, -29.9, NAME), (3, -1, NAME), (9, -1, NAME))
    assert found == (0, ((2, 1), {}))


def test_a_message_from_before_makes_its_user_late_and_one_after_the_window_counts_for_nothing(base_of, campaign):
    assert told(base_of, campaign, (1, 0.1, NAME), (2, -30, NAME)) == (1, ((0, 0), {}))


def test_other_campaigns_are_told_by_arm(base_of, campaign):
    found = told(base_of, campaign, (1, -1, "other"), (3, -1, "other"), (4, -2, "other"), (2, -1, None), (2, 5, "past"))
    assert found == (0, ((0, 0), {"other": (1, 2)}))


def test_without_messages_nothing_is_told(base_of, campaign):
    base = base_of(orders=ORDERS)
    assert late(base, campaign) == 0 and reached(base, campaign) == (None, {})


def test_messages_without_campaigns_tell_nothing(base_of, campaign):
    base = base_of(orders=ORDERS, messages=["user_id ago", (1, -1)])
    assert late(base, campaign) == 0 and reached(base, campaign) == (None, {})


def test_a_campaign_without_messages_of_its_own_tells_nothing(base_of, assigned):
    rows = assigned([(1, 0, "global_holdout/1", "treatment"), (2, 0, "global_holdout/1", "holdout")], sent_as=None)
    base = base_of(orders=ORDERS, messages=["user_id ago campaign_id", (1, -1, "r1/p")])
    assert reached(base, next(campaigns(rows))) == (None, {})


def test_a_play_over_several_runs_is_reached_by_the_runs_own_messages(base_of, assigned):
    rows = [(1, 0, "r1/p", "treatment"), (3, 0, "r1/p", "holdout"), (2, -5, "r2/p", "treatment")]
    pool = next(one for one in campaigns(with_pooled(assigned(rows, epoch="1", share=0.5))) if one.pooled)
    found = told(base_of, pool, (1, -1, "r1/p"), (2, -6, "r2/p"), (3, -6, "r2/p"))
    assert found == (0, ((2, 0), {"r2/p": (0, 1)}))
