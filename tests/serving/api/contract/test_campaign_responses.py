"""What is answered about campaigns: of runs no user is told, and the names are those of the files."""

import pytest

from serving.api.contract import campaign_responses
from serving.api.contract.campaign_responses import CampaignAnswer, CampaignsAnswer, ContactAnswer, HoldoutAnswer
from serving.campaigns.run import COLUMNS


@pytest.mark.parametrize("answer", [CampaignsAnswer, CampaignAnswer])
def test_no_answer_in_numbers_has_a_place_for_a_user(answer):
    assert "user_id" not in str(answer.model_json_schema())
    assert "user_id" in str(ContactAnswer.model_json_schema()) and "user_id" in HoldoutAnswer.model_fields


def test_a_users_contact_has_the_names_of_the_assignments():
    assert {
        "play",
        "arm",
        "reason",
        "channel",
        "send_after",
        "send_before",
    } <= ContactAnswer.model_fields.keys() & COLUMNS


def test_every_answer_says_what_it_means():
    models = [
        one
        for one in vars(campaign_responses).values()
        if isinstance(one, type) and one.__module__.endswith("campaign_responses")
    ]
    assert len(models) > 8 and all(one.__doc__ for one in models)
