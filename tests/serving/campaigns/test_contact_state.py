"""What is known of every user before the policy decides."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from serving.campaigns.contact_state import EXPORTED, contact_state, windows
from tests.serving.campaigns.world import AS_OF

TOML = """
[contact]
max = [{ messages = 2, days = 1 }, { messages = 4, days = 7 }]
own_usage = { share = 0.5, days = 30, least = 1, most = 4 }
cooldown_days = 10
[contact.channels.email]
max = [{ messages = 1, days = 3 }]
[contact.channels.SMS]
consent = "users.consent_sms"
id = "users.phone_sha256"
[[play]]
name = "a"
all = ["value_at_stake >= 0"]
channels = ["email"]
[[play]]
name = "b"
all = ["value_at_stake >= 0"]
channels = ["SMS"]
cooldown_days = 0
"""


@pytest.fixture
def state(shop):
    """state(users, messages, exported, user): the table of contacts by user."""

    def make(users=None, messages=None, exported=(), user=None):
        user = user or pa.int64()
        one = shop(TOML, users=0)
        one.users, one.messages, one.user = users, messages, user
        base = one.base
        rows = pa.Table.from_pylist(list(exported), EXPORTED.set(0, pa.field("user_id", user)))
        zones = contact_state(base.con, base.config, base.config.playbook, base.tables, rows, AS_OF)
        found = base.con.con.sql("FROM contact").to_arrow_table().to_pylist()
        return {row.pop("user_id"): row for row in found}, zones

    return make


def message(user, days, channel="email", **more):
    return {"user_id": user, "time": AS_OF - timedelta(days=days), "channel": channel, "campaign_id": None} | more


def test_windows_are_those_that_caps_own_usage_and_cooldowns_ask_for(shop):
    one = shop(TOML, users=0).config
    asked = windows(one, one.playbook)
    assert (asked.all, asked.channels) == ((1, 7, 30), {"email": (3,), "SMS": ()})
    assert asked.cooldowns == {"a": 10, "b": 0} and asked.days == {1, 3, 7, 10, 30}


def test_messages_are_counted_by_calendar_days_of_the_user_s_and_by_channel(state):
    """AS_OF is noon in UTC: in Berlin, the day before ended 13 hours ago."""
    users = [
        {"user_id": 1, "timezone": "Europe/Berlin", "consent_marketing": True, "consent_sms": True, "phone_sha256": "x"}
    ]
    midnight = datetime(2026, 3, 1, 23)
    told = [
        message(1, 0, time=midnight),
        message(1, 0, time=midnight - timedelta(microseconds=1)),
        message(1, 2, "SMS"),
        message(1, 6, "letter"),
        message(1, 29),
        message(1, 31),
        message(1, -0.1),  # seen after the date
    ]
    found, _ = state(users, told)
    row = found[1]
    assert (row["n_1"], row["n_7"], row["n_30"], row["n_email_3"]) == (2, 5, 6, 3)
    assert (row["consent_email"], row["consent_SMS"], row["reach_SMS"], row["zone"]) == (
        True,
        True,
        True,
        "Europe/Berlin",
    )


def test_exported_lists_count_until_they_are_seen_and_held_out_users_always(state):
    def row(user, arm="treatment", days=1.0):
        return {
            "user_id": user,
            "campaign_id": "r/a",
            "channel": "email",
            "time": AS_OF - timedelta(days=days),
            "arm": arm,
        }

    seen = [message(1, 0.5, campaign_id="r/a"), message(3, 0.5, campaign_id="r/other"), message(9, 0.5)]
    found, _ = state([], seen, [row(1), row(2), row(3), row(4, "holdout"), row(5, days=9.0)])
    assert {user: found[user]["n_7"] for user in found} == {1: 1, 2: 1, 3: 2, 4: 1, 5: 0, 9: 1}
    assert {user: found[user]["cooling"] for user in found} == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 9: None}


@pytest.mark.parametrize("lacks", ["campaign_id", "table"])
def test_exported_lists_count_also_where_messages_cannot_tell(state, lacks):
    at = AS_OF - timedelta(days=1)
    sent = {"user_id": "é'1", "campaign_id": "r/a", "channel": "email", "time": at, "arm": "treatment"}
    messages = None if lacks == "table" else [{"user_id": "é'1", "time": at, "channel": "email"}]
    found, _ = state(None, messages, [sent], user=pa.string())
    assert found["é'1"]["n_7"] == (1 if lacks == "table" else 2) and found["é'1"]["cooling"] == 1


def test_an_opt_out_counts_for_its_channel_for_ever(state):
    found, _ = state([], [message(1, 900, opted_out_at=AS_OF), message(2, 1, "SMS", opted_out_at=AS_OF), message(3, 1)])
    assert {user: (row["out_email"], row["out_SMS"]) for user, row in found.items()} == {
        1: (True, False),
        2: (False, True),
        3: (False, False),
    }


def test_null_consent_and_an_empty_id_are_none(state):
    users = [
        {"user_id": 1, "consent_marketing": None, "consent_sms": True, "phone_sha256": ""},
        {"user_id": 2, "consent_marketing": True, "consent_sms": None, "phone_sha256": None},
    ]
    found, _ = state(users, [])
    kept = ("consent_email", "consent_SMS", "reach_email", "reach_SMS")
    assert [tuple(found[user][name] for name in kept) for user in (1, 2)] == [
        (False, True, True, False),
        (True, False, True, False),
    ]


def test_users_without_the_columns_have_neither_consent_nor_an_id(state):
    found, zones = state([{"user_id": 1}], [])
    assert not any(found[1][name] for name in ("consent_email", "consent_SMS", "reach_SMS"))
    assert [one.zone for one in zones] == [""]


def test_a_zone_that_is_none_is_the_project_s(state):
    texts = ["Mars/Base", "../../etc/passwd", "'; DROP TABLE contact; --", "", None, "Asia/Tokyo"]
    found, zones = state([{"user_id": place, "timezone": text} for place, text in enumerate(texts)], [])
    assert [found[place]["zone"] for place in range(6)] == ["", "", "", "", "", "Asia/Tokyo"]
    assert [one.zone for one in zones] == ["", "Asia/Tokyo"]
