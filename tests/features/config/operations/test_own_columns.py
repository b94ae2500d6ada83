"""Columns of users that campaigns name: of which kind they are, which must be there, and which cannot be."""

import pytest

from features.catalogue.input_tables import CONTRACTS
from features.config.mistakes import Wrong
from features.config.operations.own_columns import contract, demanded, own_columns
from features.config.operations.playbook import Operations

PLAY = {"name": "care", "offer": "users.coupon", "channels": ["sms"]}


def settings(contact=None, calendar=(), play=()):
    return Operations.model_validate({"contact": contact or {}, "calendar": list(calendar), "play": list(play)})


def sms(**keys):
    return {"channels": {"sms": keys}}


EVERYTHING = settings(
    {"consent": "users.may_write", "timezone": "users.tz"}
    | sms(consent="users.may_text", id="users.phone_sha256", sender="users.owner"),
    [{"name": "name_day", "column": "users.name_day"}],
    [PLAY],
)


def test_every_setting_that_names_a_column_gives_it_its_kind():
    assert {name: column.kind for name, column in own_columns(EVERYTHING).items()} == {
        "may_write": "flag",
        "tz": "text",
        "may_text": "flag",
        "phone_sha256": "text",
        "owner": "text",
        "name_day": "date",
        "coupon": "text",
    }


def test_they_stand_behind_the_contract_s_own_so_that_these_decide_which_row_is_the_last():
    names = [column.name for column in contract(EVERYTHING, "users").columns]
    usual = [column.name for column in CONTRACTS["users"].columns]
    assert names[: len(usual)] == usual and names[len(usual) :] == list(own_columns(EVERYTHING))
    assert contract(EVERYTHING, "orders") is CONTRACTS["orders"]


def test_a_column_of_the_contract_is_no_column_of_one_s_own():
    found = settings(sms(id="users.user_id", sender="users.channel"), [{"name": "b", "column": "users.birthday"}])
    assert own_columns(found) == {} and contract(found, "users") == CONTRACTS["users"]
    joined = settings(calendar=[{"name": "joined", "column": "users.signup_time"}])  # its day of the year
    assert own_columns(joined) == {}


def test_a_missing_value_never_sets_a_row_aside():
    assert not [column for column in own_columns(EVERYTHING).values() if column.null.startswith("never")]


def test_what_is_named_must_be_there_but_for_the_usual_consent_and_time_zone():
    assert demanded(settings(sms())) == {}
    assert demanded(settings(sms(consent="users.consent_marketing"))) == {}
    assert demanded(settings(sms(id="users.hash"))) == {"hash": "contact.channels.sms.id"}
    assert demanded(settings(sms() | {"consent": "users.may", "timezone": "users.tz"})) == {
        "may": "contact.consent",
        "tz": "contact.timezone",
    }
    assert demanded(settings(calendar=[{"name": "b", "column": "users.birthday"}])) == {
        "birthday": "calendar[0].column"
    }
    assert demanded(settings(sms(), play=[PLAY])) == {"coupon": "play[0].offer"}


def test_what_no_channel_uses_need_not_be_there():
    assert demanded(settings({"consent": "users.may", "timezone": "users.tz"})) == {}
    others = {"consent": "users.may"} | sms(consent="users.may_text")
    assert set(demanded(settings(others))) == {"may_text"}


def test_an_offer_that_is_a_code_names_no_column():
    assert own_columns(settings(sms(), play=[PLAY | {"offer": "coupon_20"}])) == {}


@pytest.mark.parametrize(
    ("given", "key", "says"),
    [
        (
            settings({"consent": "users.region"}),
            "contact.consent",
            "'users.region' holds text, and this asks for yes or",
        ),
        (
            settings(sms(id="users.consent_marketing")),
            "contact.channels.sms.id",
            "holds yes or no, and this asks for text",
        ),
        (settings(calendar=[{"name": "d", "column": "users.region"}]), "calendar[0].column", "asks for a date; name"),
        (settings(sms(id="users.signup_time")), "contact.channels.sms.id", "holds a time, and this asks for text"),
        (settings(sms(consent="users.x", id="users.x")), "contact.channels.sms.id", "'users.x' holds yes or no"),
        (settings(sms(id="users.Region")), "contact.channels.sms.id", "'users.region' differ by case alone"),
        (
            settings(sms(id="users.a", sender="users.A")),
            "contact.channels.sms.sender",
            "'users.a' differ by case alone",
        ),
        (settings(sms(id="users.reason")), "contact.channels.sms.id", 'own_reason = "reason"'),
        (settings(sms(id="users.visit_days_ago")), "contact.channels.sms.id", "is a name that Holdfast works with"),
        (settings(play=[PLAY | {"offer": "users.my code"}]), "play[0].offer", "'users.my code' is no column of users"),
    ],
)
def test_a_column_that_cannot_be_is_told_with_its_key_and_cure(given, key, says):
    with pytest.raises(Wrong) as caught:
        own_columns(given)
    assert caught.value.key == key and says in str(caught.value)
