import numpy as np
import pytest

from features.simulation.people import ZONES


@pytest.fixture(scope="module")
def users(simulated):
    return simulated[1]["users"].to_pandas()


def test_users_live_in_several_zones_that_fit_their_region(users):
    assert set(users.timezone.dropna()) == set(ZONES) and 0.03 < users.timezone.isna().mean() < 0.07
    abroad = users.region == "abroad"
    assert set(users.timezone[abroad].dropna()) == {"Europe/London", "America/New_York"}
    assert set(users.timezone[users.region == "west"].dropna()) == {"Asia/Urumqi"}


def test_consents_are_shares_and_sms_needs_consent_to_marketing(users):
    assert abs(users.consent_marketing.mean() - 0.8) < 0.01
    assert abs(users.consent_sms[users.consent_marketing].mean() - 2 / 3) < 0.02
    assert not users.consent_sms[~users.consent_marketing].any()


def test_ids_are_hashes_of_their_own_and_some_have_none(users):
    phones, friends = users.phone_sha256.dropna(), users.external_userid.dropna()
    assert phones.str.fullmatch("[0-9a-f]{64}").all() and phones.is_unique and friends.is_unique
    assert abs(len(phones) / len(users) - 0.85) < 0.02 and abs(len(friends) / len(users) - 0.4) < 0.02
    assert (users.external_userid.isna() == users.wecom_owner.isna()).all()
    assert friends.str.fullmatch("wm[0-9a-f]{30}").all() and users.wecom_owner.nunique() == 24


def test_who_was_invited_came_by_referral_after_the_one_who_invited_them(users):
    invited = users[users.invited_by.notna()]
    assert set(invited.channel) == {"referral"} and len(invited) >= (users.channel == "referral").sum() - 4
    signup = users.set_index("user_id").signup_time
    assert (invited.invited_by.map(signup) <= invited.signup_time).all()
    assert np.unique(invited.invited_by).size > 1000
