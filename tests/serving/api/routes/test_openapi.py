"""One description of all routes: none is missing, and what it promises is so."""

from importlib.metadata import version

import pytest

from serving.api.routes.openapi import OPERATIONS, document


@pytest.fixture(scope="module")
def described(inside):
    status, found = inside.ask("/v1/openapi.json")
    assert status == 200
    return found


def test_every_route_is_described_and_no_other(described, inside):
    from serving.api.service import READS, Holdfast

    posts = {method.route for method in Holdfast.apis.values()}
    gets = {route.path for route in READS.routes}
    told = {path: set(methods) for path, methods in described["paths"].items()}
    assert told == {path: {"post"} for path in posts} | {path: {"get"} for path in gets}


def test_the_guard_knows_the_same_routes(described):
    from serving.api.guard.routes import ROUTES

    for path, methods in described["paths"].items():
        assert {method.upper() for method in methods} <= set(ROUTES[path].methods)
    assert {path for path in ROUTES if path.startswith("/v1/")} == set(described["paths"])


def test_every_example_is_answered(described, inside):
    for path, operation in described["paths"].items():
        if "post" in operation:
            body = operation["post"]["requestBody"]["content"]["application/json"]["example"]
            if "as_of" in body:
                body = body | {"as_of": "2026-01-31"}
            assert inside.ask(path, body)[0] == 200, path


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


def test_the_example_of_features_follows_the_model(base, inside):
    from serving.api.service import READS

    live = document(READS.state.live.current())
    body = live["paths"]["/v1/predict_features"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert tuple(body["rows"][0]) == base.model.bundle.features


def test_what_may_be_refused_is_described(described):
    for operation in OPERATIONS:
        answers = described["paths"][operation.path]["post" if operation.takes else "get"]["responses"]
        assert {"200", "401", "403", "429", "503", "504"} <= set(answers)
        assert ("400" in answers) == bool(operation.takes or 400 in operation.refuses)
