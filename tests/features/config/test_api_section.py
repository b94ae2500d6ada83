"""The keys of [api] are hashes, never the keys themselves, and nobody has a scope that does not exist."""

import pytest
from pydantic import ValidationError

from features.config.api_section import SCOPES, Api, ApiKey

KEY = {"name": "ann", "sha256": "0" * 64, "scopes": ["read"]}


@pytest.mark.parametrize("section", [Api, ApiKey])
def test_every_key_says_what_it_means_and_unknown_ones_are_refused(section):
    assert all(field.description for field in section.model_fields.values())
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        section.model_validate({"no_such_key": 1})


def test_several_keys_of_one_name_stand_side_by_side():
    assert [key.scopes for key in Api(keys=[KEY, KEY | {"scopes": ["admin"]}]).keys] == [["read"], ["admin"]]


def test_every_scope_may_be_given_and_is_explained():
    assert ApiKey.model_validate(KEY | {"scopes": list(SCOPES)}).scopes == list(SCOPES)
    assert all(one in (ApiKey.model_fields["scopes"].description or "") for one in SCOPES)


@pytest.mark.parametrize("wrong", [{"sha256": "secret"}, {"sha256": "A" * 64}, {"scopes": []}, {"scopes": ["all"]}])
def test_what_is_no_hash_and_no_scope_is_refused(wrong):
    with pytest.raises(ValidationError):
        ApiKey.model_validate(KEY | wrong)
