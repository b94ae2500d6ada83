"""What the API answers fits its own description."""

import pytest

from serving.api.contract import responses

PATHS = {
    "/v1/stages": responses.StagesAnswer,
    "/v1/model": responses.ModelAnswer,
    "/v1/users/{user}": responses.UserAnswer,
}


@pytest.mark.parametrize("path", PATHS)
def test_what_is_read_fits_its_model(inside, wanted, path):
    status, answer = inside.ask(path.format(user=wanted[0]["user_id"]))
    assert status == 200
    assert PATHS[path].model_validate(answer, strict=True, extra="forbid")


def test_what_is_posted_for_fits_its_model(inside, wanted, ready):
    user = wanted[0]["user_id"]
    asked = {
        "score": ({"user_ids": [user, "x"]}, responses.ScoreAnswer),
        "predict": ({"users": [{"user_id": user}]}, responses.PredictAnswer),
        "predict_features": ({"rows": ready[0][:1]}, responses.FeaturesAnswer),
    }
    for name, (body, model) in asked.items():
        assert model.model_validate(inside.ask(f"/v1/{name}", body)[1], strict=True, extra="forbid")
