"""Save rates are right on the whole, drawn to the play's mean where groups are small, and their intervals hold them."""

import json

import numpy as np
import pytest

from features.errors import BadInput
from training.verification.save_rates import SaveRates, drawn, save_rates


def played(rates, sizes, seed=0, share=0.8):
    """group, treated, churned, risk of users of whom a contact keeps this share, by group."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    risk = random.beta(2, 4, len(group))
    treated = random.random(len(group)) < share
    churned = random.random(len(group)) < risk * (1 - np.asarray(rates)[group] * treated)
    return [f"g{at:02d}" for at in group], treated, churned, risk


def test_large_groups_have_their_own_rate():
    found = save_rates(*played([0.0, 0.2, 0.5], [200_000] * 3))
    assert [one.rate for one in found.groups.values()] == pytest.approx([0, 0.2, 0.5], abs=0.03)
    assert all(one.rate == pytest.approx(one.raw, abs=0.01) for one in found.groups.values())
    assert found.play.rate == pytest.approx(0.7 / 3, abs=0.02)
    assert found.play.treated + found.play.holdout == 600_000


def test_small_groups_are_drawn_to_the_plays_mean():
    found = save_rates(*played([0.2] * 8, [20_000] * 6 + [60, 60]))
    small = found.groups["g06"], found.groups["g07"]
    for one in small:
        assert abs(one.rate - found.play.rate) < 0.3 * abs(one.raw - found.play.rate)
        assert one.low < 0.2 < one.high


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.25])
def test_intervals_hold_the_truth_and_drawing_brings_estimates_nearer(spread):
    held, near, raw, whole = [], [], [], []
    sizes = np.geomspace(100, 5000, 8).astype(int)
    for seed in range(60):
        true = np.random.default_rng(10**6 + seed).normal(0.15, spread, 8)
        group, treated, churned, risk = played(true, sizes, seed)
        found = save_rates(group, treated, churned, risk)
        rates = list(found.groups.values())
        held.append([one.low <= rate <= one.high for one, rate in zip(rates, true, strict=True)])
        near.append([one.rate - rate for one, rate in zip(rates, true, strict=True)])
        raw.append([one.raw - rate for one, rate in zip(rates, true, strict=True)])
        of_all = (np.repeat(true, sizes) * risk).sum() / risk.sum()
        whole.append(found.play.low <= of_all <= found.play.high)
    assert np.mean(held) > 0.91 and np.mean(whole) > 0.89
    assert np.mean(np.square(near)) < 0.75 * np.mean(np.square(raw))


def test_risk_times_save_rate_stays_right_where_the_risk_is_off_in_level():
    group, treated, churned, risk = played([0.3], [400_000])
    off = save_rates(group, treated, churned, risk / 2)  # half as many at risk as there are, and twice the rate
    assert off.play.rate == pytest.approx(0.6, abs=0.05)


def test_without_users_in_both_arms_a_group_gets_the_mean_and_says_so():
    group, treated, churned, risk = played([0.2, 0.2, 0.2], [20_000, 20_000, 100])
    treated[-100:] = True
    lone = save_rates(group, treated, churned, risk).groups["g02"]
    assert np.isnan(lone.raw) and lone.holdout == 0 and lone.treated == 100
    assert lone.rate == pytest.approx(0.2, abs=0.1) and lone.high - lone.low > 0.2
    assert json.loads(json.dumps(lone.plain()))["raw"] is None


def test_a_group_in_which_nobody_churned_is_not_certain():
    group, treated, churned, risk = played([0.2, 0.2], [5000, 40])
    churned[-40:] = False
    lone = save_rates(group, treated, churned, risk).groups["g01"]
    assert lone.high - lone.low > 0.1


def test_two_alike_estimates_are_hardly_changed_and_one_alone_not_at_all():
    rates, errors = drawn(np.array([0.2, 0.2]), np.array([100.0, 100.0]))
    assert rates.tolist() == pytest.approx([0.2, 0.2]) and (errors < 0.1).all() and (errors > 0.07).all()
    rates, errors = drawn(np.array([0.3]), np.array([25.0]))
    assert rates[0] == pytest.approx(0.3) and errors[0] == pytest.approx(0.2)


def test_what_has_no_answer_is_refused_in_one_line():
    group, treated, churned, risk = played([0.2, 0.2], [50, 50])
    with pytest.raises(BadInput, match="both arms are needed"):
        save_rates(group, np.ones(100), churned, risk)
    with pytest.raises(BadInput, match="100 users have no risk"):
        save_rates(group, treated, churned, risk * np.nan)
    with pytest.raises(BadInput, match="no group of g00, g01 has users in both arms"):
        save_rates(group, np.arange(100) < 50, churned, risk)
    assert isinstance(save_rates(group, treated, churned, risk), SaveRates)
