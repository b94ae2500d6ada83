"""Schemathesis asks every operation, by its description and against it: no 5xx, and no answer that is not described."""

import os
import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from serving.api.routes.table import API

EXAMPLES = int(os.environ.get("HOLDFAST_EXAMPLES", "60"))


@pytest.fixture(scope="module")
def schema(inside, planned):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis

        return schemathesis.openapi.from_asgi("/v1/openapi.json", running(inside.client.app))


def running(app):
    """The app, which runs already and answers to localhost, for one who would start and stop it."""

    async def asked(scope, receive, send):
        if scope["type"] != "lifespan":
            headers = [(name, b"localhost" if name == b"host" else value) for name, value in scope["headers"]]
            await app(scope | {"headers": headers, "client": ("127.0.0.1", 1)}, receive, send)
            return
        for what in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{what}.complete"})

    return asked


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("route", API, ids=lambda one: one.name)
def test_every_answer_is_as_described(schema, route, mode):
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]

    def wrong_data_rejected(context, response, case):
        """A body of too many values is refused as too large, whatever else is wrong with it."""
        return None if response.status_code == 413 else negative_data_rejection(context, response, case)

    checks += [wrong_data_rejected] if mode == "negative" else []
    operation = schema[route.name][route.verb.lower()]
    if mode == "negative" and not operation.body and all(one["name"] == "user_id" for one in route.parameters):
        pytest.skip("there is nothing that could be wrong; any text may be an id")

    @settings(
        max_examples=EXAMPLES // 2,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
    def ask(case):
        case.call_and_validate(checks=checks)

    ask()
