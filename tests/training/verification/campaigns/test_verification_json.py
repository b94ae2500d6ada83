"""The file that programs read."""

import json

import pytest

from training.verification.campaigns.verification_json import as_json
from training.verification.campaigns.verify import verify


def strict(found):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(json.dumps(as_json(found)), parse_constant=refuse)["plays"]


def test_what_was_promised_is_there(trial):
    (one,) = strict(verify(*trial(share=0.4, messages=[(1, -1, "autumn")])))
    assert one["campaign_id"] == "autumn" and one["assigned"] == {"treatment": 60, "holdout": 40}
    assert one["trial"]["ok"] is True and one["trial"]["sample_ratio_p"] == pytest.approx(1)
    for goal, shares in (("churn", (0.25, 0.625)), ("value", (7.5, 3.75))):
        assert {"treatment", "holdout", "difference", "low", "high"} <= one[goal].keys()
        assert (one[goal]["treatment"], one[goal]["holdout"]) == pytest.approx(shares)
        assert one[goal]["low"] < one[goal]["difference"] < one[goal]["high"]
    assert one["verdict"] == "worked" and one["delivered"] == 1
    assert {each["move"] for each in one["moves"]["directions"]} == {"up", "down", "stayed"}
    assert one["look"]["planned_users"] == 100 and one["look"]["next_at_users"] is None


def test_a_refused_trial_says_why_and_has_no_effect(trial):
    (one,) = strict(verify(*trial(messages=[(1, 3, "autumn")])))
    assert one["verdict"] == "no trial" and one["trial"]["refused"][0]["code"] == "assigned_late"
    assert one["churn"] is one["value"] is one["moves"] is one["look"] is None


def test_a_lift_that_is_no_number_is_null(trial):
    (one,) = strict(verify(*trial(stay=(60, 40))))  # nobody churned
    assert one["relative_lift"] == {"lift": None, "low": None, "high": None}
