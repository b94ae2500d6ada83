"""One description of all routes, of those that BentoML serves and of those read by GET, with examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.api.contract.errors import MEDIA, Error
from serving.api.contract.requests import FeaturesRequest, PredictRequest, ScoreRequest
from serving.api.contract.responses import (
    FeaturesAnswer,
    FlowAnswer,
    ModelAnswer,
    PredictAnswer,
    ScoreAnswer,
    StagesAnswer,
    UserAnswer,
)
from serving.api.live import Current

LANG = {
    "name": "lang",
    "in": "query",
    "description": "The language that reasons are worded in. Accept-Language is not looked at.",
    "schema": {"type": "string", "enum": ["en", "zh"], "default": "en"},
}
USER = {
    "name": "user_id",
    "in": "path",
    "required": True,
    "description": "The user's id, as in the tables.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "example": "1",
}
ORDERS = [{"time": "2026-01-02T10:00:00Z", "amount": 20.5}, {"time": "2026-01-30T18:30:00Z", "amount": 12}]
PREDICT = {"users": [{"user_id": 1, "orders": ORDERS}], "as_of": "2026-02-01T00:00:00Z"}


def _run(name: str, default: str) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": name, "in": "query", "description": f"A snapshot by its run; default: {default}.", "schema": text}


@dataclass(frozen=True)
class Operation:
    """A route, what it does, the models of its body (None: it is read by GET) and answer, its parameters, and the
    statuses that it may refuse with beside those that every route has."""

    path: str
    does: str
    takes: type[BaseModel] | None
    gives: type[BaseModel] | None
    parameters: tuple[dict[str, Any], ...] = ()
    refuses: tuple[int, ...] = ()


OPERATIONS = (
    Operation("/v1/score", "Rows of the current snapshot by user id.", ScoreRequest, ScoreAnswer),
    Operation("/v1/predict", "Scores and reasons for users with their raw rows.", PredictRequest, PredictAnswer),
    Operation("/v1/predict_features", "Scores and reasons for rows of features.", FeaturesRequest, FeaturesAnswer),
    Operation("/v1/users/{user_id}", "One user's row of the snapshot.", None, UserAnswer, (USER, LANG), (400, 404)),
    Operation("/v1/stages", "How many users of the snapshot are on which stage.", None, StagesAnswer),
    Operation(
        "/v1/stages/flow",
        "Who went from which stage to which between two snapshots.",
        None,
        FlowAnswer,
        (_run("from", "the one before"), _run("to", "the current one")),
        (404,),
    ),
    Operation("/v1/model", "The model that predicts: what it is, how good it was, what it takes.", None, ModelAnswer),
    Operation("/v1/openapi.json", "This description.", None, None),
)
EVERYWHERE = {
    401: "No key, or one that is not known.",
    403: "The key may not use this route, or the Host header is not answered.",
    429: "Too many requests at once; try again after Retry-After seconds.",
    500: "The service failed.",
    503: "There is no snapshot yet, or nothing to serve.",
    504: "The request took too long.",
}
REFUSED = {
    400: "The request does not fit its description; field and row say where.",
    404: "There is none of that name.",
    408: "The body came too slowly.",
    413: "The request is too large.",
    415: "The body is not JSON.",
}


def document(current: Current) -> dict[str, Any]:
    """The description as OpenAPI 3.1; its example of features is one of the model's that is live."""
    return _document(current.model.bundle.features)


@lru_cache(maxsize=2)
def _document(features: Sequence[str]) -> dict[str, Any]:
    models = [model for one in OPERATIONS for model in (one.takes, one.gives) if model]
    asked: Any = [(model, "validation") for model in (*models, Error)]
    _, found = models_json_schema(asked, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Holdfast", "version": version("holdfast"), "description": __doc__},
        "paths": {one.path: {"post" if one.takes else "get": _told(one, features)} for one in OPERATIONS},
        "components": {
            "schemas": found["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{"bearer": []}, {"key": []}, {}],  # none: where no key is configured, on the loopback alone
    }


def _told(operation: Operation, features: Sequence[str]) -> dict[str, Any]:
    refused = (400, 408, 413, 415) if operation.takes else operation.refuses
    answers: dict[str, Any] = {str(status): _answer(REFUSED[status], Error, MEDIA) for status in refused}
    answers |= {str(status): _answer(words, Error, MEDIA) for status, words in EVERYWHERE.items()}
    answers["200"] = _answer("The answer.", operation.gives)
    name = operation.path.removeprefix("/v1/").replace("/{user_id}", "").replace("/", "_").removesuffix(".json")
    told: dict[str, Any] = {"operationId": name, "summary": operation.does, "responses": dict(sorted(answers.items()))}
    if operation.parameters:
        told["parameters"] = list(operation.parameters)
    if operation.takes:
        content = _content(operation.takes) | {"example": _example(operation.takes, features)}
        told["requestBody"] = {"required": True, "content": {"application/json": content}}
    return told


def _answer(words: str, model: type[BaseModel] | None, media: str = "application/json") -> dict[str, Any]:
    return {"description": words, "content": {media: _content(model)}}


def _content(model: type[BaseModel] | None) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{model.__name__}"} if model else {"type": "object"}}


def _example(model: type[BaseModel], features: Sequence[str]) -> dict[str, Any]:
    examples: dict[type[BaseModel], dict[str, Any]] = {ScoreRequest: {"user_ids": [1, 2]}, PredictRequest: PREDICT}
    return examples.get(model, {"rows": [dict.fromkeys(features)]})
