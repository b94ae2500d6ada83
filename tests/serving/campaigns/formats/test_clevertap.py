"""CleverTap's bodies are read back by the rules of its documentation."""

import json

import pytest

from features.errors import BadInput
from serving.campaigns.formats.clevertap import parts


def read(data: bytes) -> list[dict]:
    """developer.clevertap.com, Upload User Profiles: at most 1,000 in ``d``, each with an identity, the type profile
    and profileData; at most 256 keys of at most 120 bytes, values of at most 512."""
    body = json.loads(data)
    assert body.keys() == {"d"} and 1 <= len(body["d"]) <= 1000
    for one in body["d"]:
        assert one.keys() == {"identity", "type", "profileData"} and one["type"] == "profile" and one["identity"]
        assert isinstance(one["identity"], str) and 1 <= len(one["profileData"]) <= 256
        for name, value in one["profileData"].items():
            assert len(name.encode()) <= 120 and isinstance(value, str | bool)
            assert not isinstance(value, str) or len(value.encode()) <= 512
            assert name.lower() not in {"name", "email", "phone", "gender", "dob"}
    return body["d"]


def test_profiles_come_back_1000_a_call_at_most(a_list, target):
    rows = a_list(2500)
    found = list(parts(rows, target(batch=5000)))
    assert [one.rows for one in found] == [1000, 1000, 500]
    users = [user for one in found for user in read(one.data)]
    assert [user["identity"] for user in users] == rows["id"].to_pylist()
    assert "holdfast_welcome_offer" not in users[0]["profileData"]
    assert users[1]["profileData"] == {
        "holdfast_welcome": True,
        "holdfast_welcome_campaign": "2026-06-01-abc123/welcome",
        "holdfast_welcome_offer": "coupon_20",
        "holdfast_welcome_kind": "care",
        "holdfast_welcome_send_after": "2026-06-02T01:00:00Z",
    }


def test_a_smaller_batch_is_kept(a_list, target):
    assert [one.rows for one in parts(a_list(25), target(batch=10))] == [10, 10, 5]


def test_who_left_is_set_to_false(a_list, target):
    (part,) = parts(a_list(1), target(action="out"))
    assert read(part.data)[0]["profileData"] == {"holdfast_welcome": False}


def test_what_is_too_long_is_refused(a_list, target):
    with pytest.raises(BadInput, match="a value of 513 bytes; CleverTap takes 512"):
        list(parts(a_list(1, offer=["é" * 256 + "x"]), target()))
    with pytest.raises(BadInput, match="CleverTap takes 120 bytes; shorten the play's name"):
        list(parts(a_list(1), target(play="p" * 112)))
