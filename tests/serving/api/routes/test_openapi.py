"""One description of all routes: none is missing, and what it promises is so."""

from importlib.metadata import version

import pytest

from serving.api.routes.openapi import document, statuses
from serving.api.routes.table import API


@pytest.fixture(scope="module")
def described(inside):
    status, found = inside.ask("/v1/openapi.json")
    assert status == 200
    return found


def test_every_route_is_described_and_no_other(described):
    told = {(path, *methods) for path, methods in described["paths"].items()}
    assert told == {(one.name, one.verb.lower()) for one in API} and len(described["paths"]) == len(API)


def test_every_reference_leads_somewhere(described):
    def references(node):
        if isinstance(node, dict):
            yield from [node["$ref"]] if "$ref" in node else []
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from references(child)

    there = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    found = set(references(described))
    assert found and found <= there
    assert described["info"]["version"] == version("holdfast")


def test_the_example_of_features_follows_the_model(base):
    live = document(API, base.model.bundle.features)
    body = live["paths"]["/v1/predict_features"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert tuple(body["rows"][0]) == base.model.bundle.features


@pytest.mark.parametrize("route", API, ids=lambda one: one.name)
def test_what_may_be_refused_is_described(described, route):
    answers = described["paths"][route.name][route.verb.lower()]["responses"]
    assert {"200", "401", "403", "429", "500", "503", "504"} <= set(answers)
    assert set(answers) == {"200", *map(str, statuses(route))}
    assert ("400" in answers) == bool(route.takes or 400 in route.refuses)


def test_every_operation_has_a_name_of_its_own(described):
    names = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names) == len(API) and all(name.isidentifier() for name in names)
    assert {"campaigns", "campaigns_run", "users", "users_contact", "holdout"} <= set(names)
