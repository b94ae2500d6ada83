"""A mistake anywhere in the file is told in one line: the key as it is written there, the value and the cure."""

import pytest
from pydantic import ValidationError

from features.config import Config
from features.config.mistakes import Wrong, one_line

BASE = {"tables": {"orders": {"path": "orders.csv"}}}
PLAY = {"name": "care", "channels": ["email"]}


def told(**sections):
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(BASE | sections)
    return one_line(caught.value, Config)


@pytest.mark.parametrize(
    ("sections", "line"),
    [
        ({"plays": []}, "plays: no such key; did you mean 'play'?"),
        ({"play": [PLAY, PLAY | {"chanels": []}]}, "play[1].chanels: no such key; did you mean 'channels'?"),
        ({"contact": {"channels": {"sms": {"ids": 1}}}}, "contact.channels.sms.ids: no such key; did you mean 'id'?"),
        ({"contact": {"quiet_hours": {"form": "21:00", "to": "9"}}}, "contact.quiet_hours.from: is missing; add it"),
        ({"contact": {"max": [{"message": 1, "days": 1}]}}, "contact.max[0].messages: is missing; add it"),
        ({"play": [{"name": "care"}]}, "play[0].channels: is missing; add it"),
    ],
)
def test_nested_sections_and_lists_have_their_keys(sections, line):
    assert told(**sections).startswith(line)


def test_an_alias_is_proposed_as_it_is_written():
    found = told(contact={"quiet_hours": {"from": "21:00", "to": "09:00", "form": "21:00"}})
    assert found == "contact.quiet_hours.form: no such key; did you mean 'from'?"


def test_more_mistakes_are_counted():
    assert told(churn={"horizon_days": 0, "gap_days": -1}).endswith("(and 1 more)")


def test_a_mistake_between_keys_names_its_own_key():
    assert Wrong("a.b", "text").key == "a.b"
    assert told(churn={"activity": []}) == 'churn.activity: the list is empty; name a table, such as "orders"'
    assert told(contact={"consent": "users.region"}).startswith("contact.consent: 'users.region' holds text")
