"""One description of all routes, of those that BentoML serves and of those read by GET, with examples."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.api.contract.errors import MEDIA, Error
from serving.api.routes.route import Route

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


@lru_cache(maxsize=2)
def document(routes: tuple[Route, ...], features: tuple[str, ...]) -> dict[str, Any]:
    """The description as OpenAPI 3.1. features: those of the model that is live, for the example of a row of them."""
    models = [model for one in routes for model in (one.takes, one.gives) if model]
    described: Any = [(model, "validation") for model in (*models, Error)]
    _, found = models_json_schema(described, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Holdfast", "version": version("holdfast"), "description": __doc__},
        "paths": {one.name: {one.verb.lower(): _described(one, features)} for one in routes},
        "components": {
            "schemas": found["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{"bearer": []}, {"key": []}, {}],  # none: where no key is configured, on the loopback alone
    }


def statuses(route: Route) -> dict[int, str]:
    """The error statuses of a route, and when each comes; besides 404 for a path that does not exist."""
    own = (400, 408, 413, 415) if route.takes else route.refuses
    return dict(sorted(({status: REFUSED[status] for status in own} | EVERYWHERE).items()))


def _described(route: Route, features: Sequence[str]) -> dict[str, Any]:
    answers = {"200": _answer("The answer.", route.gives)}
    answers |= {str(status): _answer(words, Error, MEDIA) for status, words in statuses(route).items()}
    name = route.name.removeprefix("/v1/").replace("/{user_id}", "").removesuffix(".json")
    name = name.translate({ord("/"): "_", ord("{"): None, ord("}"): None})
    found: dict[str, Any] = {"operationId": name, "summary": route.does, "responses": answers}
    if route.parameters:
        found["parameters"] = list(route.parameters)
    if route.takes and route.body:
        content = _content(route.takes) | {"example": route.body(features)}
        found["requestBody"] = {"required": True, "content": {"application/json": content}}
    return found


def _answer(words: str, model: type[BaseModel] | None, media: str = "application/json") -> dict[str, Any]:
    return {"description": words, "content": {media: _content(model)}}


def _content(model: type[BaseModel] | None) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{model.__name__}"} if model else {"type": "object"}}
