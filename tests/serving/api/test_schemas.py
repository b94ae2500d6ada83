"""What the API takes: nothing but what its description says."""

import pytest
from pydantic import ValidationError

from serving.api.schemas import FeaturesRequest, ScoreRequest


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "true", "[1]", "{}"])
def test_what_is_no_number_is_no_feature(value):
    with pytest.raises(ValidationError):
        FeaturesRequest.model_validate_json(f'{{"rows": [{{"age": {value}}}]}}')


def test_numbers_texts_and_nulls_are_features():
    found = FeaturesRequest.model_validate_json('{"rows": [{"a": 1, "b": 0.5, "c": "x", "d": null}]}')
    assert found.rows == [{"a": 1.0, "b": 0.5, "c": "x", "d": None}] and found.lang == "en"


def test_deep_nesting_is_refused():
    with pytest.raises(ValidationError):
        ScoreRequest.model_validate_json('{"user_ids": ' + "[" * 100_000 + "]" * 100_000 + "}")


def test_an_integer_stays_one_and_a_text_stays_text():
    assert ScoreRequest.model_validate_json('{"user_ids": [7, "7", 1180591620717411303424]}').user_ids == [
        7,
        "7",
        2**70,
    ]
