"""What came back of exported lists."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from serving.campaigns.export import export
from serving.campaigns.read_back import Outcome, read_back, write_assignments
from tests.serving.campaigns.world import AS_OF


@pytest.fixture
def exported(shop):
    """A shop of which a list is exported, its run, and the treated."""
    one = shop(users=30)
    run = one.approved()
    done = export(one.base, run, "p", "csv", AS_OF, "eve")
    rows = pq.read_table(done.folder / "sent.parquet").to_pylist()
    return one, run, [row["user_id"] for row in rows if row["arm"] == "treatment"]


def test_messages_are_matched_by_user_and_campaign_each_user_once(exported):
    one, run, treated = exported
    at, mine = AS_OF + timedelta(hours=1), f"{run.name}/p"
    told = [(treated[0], mine, at, None, None), (treated[0], mine, at, at, at), (treated[1], mine, None, None, None)]
    told += [(treated[2], f"{run.name}/q", at, at, at), (treated[2], None, at, at, at), (10**6, mine, at, at, at)]
    one.messages = [
        {
            "user_id": user,
            "time": at,
            "channel": "email",
            "campaign_id": campaign,
            "opened_at": opened,
            "clicked_at": clicked,
            "opted_out_at": out,
        }
        for user, campaign, opened, clicked, out in told
    ]
    late = AS_OF + timedelta(days=7)
    n = len(treated)
    wanted = Outcome(run.name, "p", "email", n, 2, None, 1, 1, 1, 0)
    assert read_back(one.base, late) == [wanted]
    (found,) = read_back(one.base, late + timedelta(seconds=1))
    assert found.late == n - 2


@pytest.mark.parametrize("messages", [None, [{"user_id": 1, "time": AS_OF, "channel": "email"}]])
def test_messages_that_cannot_tell_say_nothing(exported, messages):
    one, run, treated = exported
    one.messages = messages
    assert read_back(one.base, AS_OF) == [Outcome(run.name, "p", "email", len(treated), 0, None, None, None, None, 0)]


def test_without_an_export_nothing_came_back(shop):
    one = shop(users=3)
    one.plan()
    assert read_back(one.base, AS_OF) == []
    assert pq.read_table(write_assignments(one.base)).num_rows == 0


def test_assignments_are_written_for_verification_both_arms_from_the_export_on(exported):
    one, run, treated = exported
    rows = pq.read_table(write_assignments(one.base)).to_pylist()
    assert [row["user_id"] for row in rows] == list(range(30))
    for row in rows:
        arm = "treatment" if row["user_id"] in treated else "holdout"
        assert row == {
            "user_id": row["user_id"],
            "time": AS_OF,
            "campaign_id": f"{run.name}/p",
            "arm": arm,
            "share": 0.5,
        }


def test_who_is_dropped_by_the_export_stays_in_the_arm_that_was_drawn(shop, rows_of):
    """By intention to treat, as verification reads the runs: else only the treated would lose who withdraws."""
    one = shop(users=30)
    run = one.approved()
    one.users = [row | {"consent_marketing": row["user_id"] >= 10} for row in one.users]
    done = export(one.base, run, "p", "csv", AS_OF, "eve")
    assert done.receipt["dropped"]["no_consent"] > 0
    rows = pq.read_table(write_assignments(one.base)).to_pylist()
    assert {row["user_id"]: row["arm"] for row in rows} == {user: row["arm"] for user, row in rows_of(run).items()}
