"""What a play's holdout can see before it is sent, of a base that can be counted."""

from datetime import timedelta

import pytest

from features.errors import BadInput
from serving.verification.design import design_of
from tests.serving.verification.conftest import AS_OF


@pytest.fixture
def planned(shop):
    """planned(holdout): a base of 400 users, the worth of user n in the last window being n % 4."""

    def make(**settings):
        one = shop(users=400)
        one.settings |= {"share": 0} | settings
        one.orders += [(user, AS_OF - timedelta(days=9), user % 4) for user in one.ids if user % 4]
        one.run(exported=False)
        return one

    return make


def test_sizes_means_and_the_smallest_change_are_told(planned):
    found = design_of(planned(holdout=0.25).base(), "win_back")
    assert found.users == 395 and 60 < found.held < 140 and found.share == 0.25
    assert found.churn.mean == pytest.approx(sum(n / 400 for n in range(5, 400)) / 395)
    assert found.value.mean == pytest.approx(sum(n % 4 for n in range(5, 400)) / 395)
    assert 0 < found.churn.now.smallest < found.churn.mean and found.value.now.smallest > 0
    assert found.budget is None and found.over_budget == 0


def test_without_a_save_rate_a_tenth_is_asked_about(planned):
    found = design_of(planned(holdout=0.5).base(), "win_back")
    assert found.rate is None and found.churn.hoped == pytest.approx(-0.1 * found.churn.mean)
    assert found.value.hoped == pytest.approx(0.1 * found.value.mean)
    assert 0 < found.churn.now.power < 1 and found.churn.now.needed > 395


def test_half_held_out_sees_most(planned):
    by_share = design_of(planned(holdout=0.1).base(), "win_back").churn.by_share
    sizes = [by_share[share] for share in (0.1, 0.2, 0.3, 0.5)]
    assert sizes == sorted(sizes, reverse=True)


def test_what_cannot_be_told_is_refused_in_a_line(planned):
    base = planned(holdout=0.5).base()
    with pytest.raises(BadInput, match="no play 'winback'; .*win_back"):
        design_of(base, "winback")
