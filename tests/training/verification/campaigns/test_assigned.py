"""Campaigns as data: who counts, in which arm, and whose windows are over."""

from datetime import timedelta

import numpy as np
import pytest

from features.errors import BadInput
from training.verification.campaigns.assigned import (
    MOMENTS,
    campaigns,
    closed,
    closes,
    moments,
    window_days,
    with_pooled,
)


def users_of(campaign):
    return {row["user_id"]: row["arm"] for row in campaign.users.to_pylist()}


def test_campaigns_come_in_order_of_their_first_assignment(assigned):
    rows = assigned([(1, 5, "later", "treatment"), (1, 9, "first", "holdout"), (2, 5, "Earlier", "treatment")])
    assert [one.campaign_id for one in campaigns(rows)] == ["first", "Earlier", "later"]


def test_a_users_first_row_counts(assigned, cutoff):
    rows = assigned([("a", 3, "c", "treatment"), ("a", 8, "c", "treatment"), ("b", 5, "c", "holdout")])
    (found,) = campaigns(rows)
    assert found.users["time"].to_pylist() == [cutoff - timedelta(days=8), cutoff - timedelta(days=5)]


def test_who_is_in_both_arms_is_in_neither_and_counted(assigned):
    rows = assigned(
        [(1, 9, "c", "treatment"), (1, 1, "c", "holdout"), (2, 9, "c", "treatment"), (3, 9, "c", "holdout")]
    )
    (found,) = campaigns(rows)
    assert users_of(found) == {2: "treatment", 3: "holdout"} and found.in_both_arms == 1


def test_the_arms_of_two_epochs_are_drawn_apart(assigned):
    rows = [(1, 40, "p", "treatment"), (1, 1, "p", "holdout"), (2, 40, "p", "treatment"), (2, 30, "p", "treatment")]
    (found,) = campaigns(assigned(rows, epoch=["1", "2", "1", "1"]))
    assert found.in_both_arms == 0 and len(found.users) == 3
    assert len(np.unique(found.people)) == 2


def test_an_arm_that_is_none_is_refused_by_its_name(assigned):
    with pytest.raises(BadInput, match="arm 'control' is neither 'treatment' nor 'holdout'"):
        campaigns(assigned([(1, 1, "c", "treatment"), (2, 1, "c", "control")]))


def test_a_campaign_whose_every_user_is_in_both_arms_is_empty_and_last(assigned):
    rows = assigned([(1, 9, "both", "treatment"), (1, 9, "both", "holdout"), (2, 1, "c", "holdout")])
    found = list(campaigns(rows))
    assert [(one.campaign_id, len(one.users), one.in_both_arms) for one in found] == [("c", 1, 0), ("both", 0, 1)]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.1, 0.1), ([0.1, 0.2], None), ([0.1, None], None), (None, None)], ids=str
)
def test_a_share_is_known_where_all_rows_say_the_same(assigned, share, expected):
    (found,) = campaigns(assigned([(1, 9, "c", "treatment"), (2, 9, "c", "holdout")], share=share))
    assert found.share == expected


def test_each_moment_has_a_window_of_its_own(assigned, config_of, cutoff):
    (found,) = campaigns(assigned([(1, 9, "c", "treatment"), (2, 1.5, "c", "holdout"), (3, 9, "c", "holdout")]))
    (first, who), (second, rest) = moments(config_of(), found)
    assert (first, second) == (cutoff - timedelta(days=9), cutoff - timedelta(days=1.5))
    assert [users_of(found.of(mine)).keys() for mine in (who, rest)] == [{1, 3}, {2}]


def test_many_moments_share_the_begin_of_their_day(assigned, config_of, cutoff):
    rows = [(user, 3 - user / 100, "c", "holdout" if user % 2 else "treatment") for user in range(MOMENTS + 1)]
    (found,) = campaigns(assigned(rows))
    ((at, mine),) = moments(config_of(), found)
    assert at == cutoff - timedelta(days=3) and mine.all()


def test_windows_are_over_after_the_gap_and_the_longer_horizon(assigned, config_of, cutoff):
    config = config_of(horizon=30, churn={"gap_days": 5}, value={"horizon_days": 50})
    (found,) = campaigns(assigned([(1, 40, "c", "treatment"), (2, 20, "c", "holdout")]))
    assert window_days(config) == 55
    assert closes(config, found) == cutoff + timedelta(days=35)
    end = cutoff + timedelta(days=15)
    assert closed(config, found, end).tolist() == [True, False]
    assert not closed(config, found, end - timedelta(microseconds=1)).any()


def of_runs(assigned, runs):
    """Rows of (run/play, ago, share) with two users each."""
    rows = [(user, ago, name, arm) for name, ago, _ in runs for user, arm in ((1, "treatment"), (2, "holdout"))]
    return assigned(rows, epoch="1", share=[share for *_, share in runs for _ in range(2)])


def test_a_play_of_several_runs_stands_once_more_under_its_name(assigned):
    found = with_pooled(of_runs(assigned, [("r1/play", 40, 0.1), ("r2/play", 9, 0.1), ("r2/other", 9, 0.1)]))
    told = {one.campaign_id: one for one in campaigns(found)}
    assert told.keys() == {"r1/play", "r2/play", "r2/other", "play"}
    assert told["play"].pooled and not told["r1/play"].pooled
    assert told["play"].key == "play@1" and told["r1/play"].key == "r1/play"
    assert set(told["play"].users["sent_as"].to_pylist()) == {"r1/play"}  # in an epoch the first time counts


def test_runs_with_another_share_stay_out_of_the_pool(assigned):
    found = with_pooled(of_runs(assigned, [("r1/p", 40, 0.1), ("r2/p", 9, 0.2), ("r3/p", 5, 0.2)]))
    (pool,) = (one for one in campaigns(found) if one.campaign_id == "p")
    assert pool.share == 0.2 and set(pool.users["sent_as"].to_pylist()) == {"r2/p"}


def test_campaigns_from_elsewhere_are_not_pooled(assigned):
    rows = assigned([(1, 9, "a/p", "treatment"), (2, 9, "b/p", "holdout")])
    assert with_pooled(rows).equals(rows)
