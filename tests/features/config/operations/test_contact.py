"""The contact policy: what cannot be is refused when it is read."""

from datetime import date

import pytest
from pydantic import ValidationError

from features.config.operations.contact import Contact, day, span, users_column


def test_nothing_written_is_a_policy_with_consent_a_cooldown_and_a_global_holdout():
    policy = Contact()
    assert (policy.consent, policy.cooldown_days, policy.channels) == ("users.consent_marketing", 30, {})
    assert 0 < policy.global_holdout < 0.5 and policy.quiet_hours is None and policy.max == []


def test_quiet_hours_are_read_by_from_and_to():
    quiet = Contact.model_validate({"quiet_hours": {"from": "21:00", "to": "09:00"}}).quiet_hours
    assert (quiet.start, quiet.end) == ("21:00", "09:00")


def test_blackouts_are_days_or_spans_of_days_with_both_ends():
    policy = Contact.model_validate({"blackout": ["2026-02-16/2026-02-18", date(2026, 5, 1)]})
    assert policy.blackouts == [(date(2026, 2, 16), date(2026, 2, 18)), (date(2026, 5, 1), date(2026, 5, 1))]
    assert span("2026-02-16/2026-02-18")[1] == day("2026-02-18")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"quiet_hours": {"from": "09:00", "to": "09:00"}}, "from 09:00 to 09:00 leaves no time or takes none"),
        ({"quiet_hours": {"from": "24:00", "to": "09:00"}}, "quiet_hours.from"),
        ({"own_usage": {"least": 5, "most": 4}}, "least 5 is more than most 4; lower it"),
        ({"max": [{"messages": 0, "days": 7}]}, "greater than or equal to 1"),
        ({"blackout": ["2026-02-18/2026-02-16"]}, "'2026-02-18/2026-02-16' ends before it begins; swap its days"),
        ({"blackout": ["2026-02-30"]}, "'2026-02-30' is no day; write it as '2026-02-16'"),
        ({"global_holdout": 0.6}, "less than or equal to 0.5"),
        ({"epoch": "first half"}, "epoch"),
        ({"consent": "consent"}, "'consent' is no column of users; write it as 'users.consent_sms'"),
        ({"channels": {"sms": {"id": "orders.phone"}}}, "'orders.phone' is no column of users"),
        ({"channels": {"text message": {}}}, "channels.text message"),
        ({"channels": {"sms": {"batch": 0}}}, "batch"),
    ],
)
def test_what_cannot_be_is_refused(given, says):
    with pytest.raises(ValidationError) as caught:
        Contact.model_validate(given)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["users.", "users.a b", "users.1", "users.a.b", "Users.a", "users.a\n"])
def test_what_is_no_name_of_a_column_is_refused(text):
    with pytest.raises(ValueError, match="is no column of users"):
        users_column(text)


def test_channels_that_differ_by_case_alone_are_refused():
    """In SQL they would be one column: the consent to one would be that to the other."""
    with pytest.raises(ValidationError, match="'SMS' and 'sms' differ by case alone; rename one"):
        Contact.model_validate({"channels": {"SMS": {}, "email": {}, "sms": {}}})
