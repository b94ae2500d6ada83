"""What is known of a list's users at a moment."""

from datetime import timedelta

from serving.campaigns.deltas.listed import listed, may, shaped
from tests.serving.campaigns.world import AS_OF


def test_why_a_user_may_not_be_written_to_goes_by_what_was_known_at_the_moment(shop):
    one = shop(users=3)
    later = AS_OF + timedelta(hours=2)
    one.users = [row | {"time": AS_OF - timedelta(days=1)} for row in one.users]
    one.users += [{"user_id": 1, "time": later, "consent_marketing": False, "timezone": None}]
    run, base = one.plan(), one.base
    base.con.con.execute("CREATE TEMP TABLE picked AS SELECT range AS user_id, 'email' AS channel FROM range(4)")
    channels = base.config.contact.channels
    found = listed(base, run.plays["p"], channels, "picked", AS_OF)
    assert dict(zip(found["user_id"].to_pylist(), found["why"].to_pylist(), strict=True)) == {
        0: None,
        1: None,
        2: None,
        3: "no_consent",  # nobody knows the user
    }
    after = may(listed(base, run.plays["p"], channels, "picked", later))
    assert sorted(after["user_id"].to_pylist()) == [0, 2]
    assert set(shaped(run, run.plays["p"], after)["campaign_id"].to_pylist()) == {f"{run.name}/p"}
