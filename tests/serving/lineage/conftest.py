"""What OpenLineage asks of a run event, and of every facet in it."""

import pytest
from jsonschema import Draft202012Validator

FACET = {"type": "object", "required": ["_producer", "_schemaURL"]}
DATA = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "facets": {"type": "object", "additionalProperties": FACET},
        "outputFacets": {"type": "object", "additionalProperties": FACET},
    },
}
EVENT = {
    "type": "object",
    "required": ["eventType", "eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "producer": {"type": "string", "pattern": "^https://"},
        "schemaURL": {"type": "string", "pattern": "^https://openlineage.io/spec/"},
        "run": {
            "type": "object",
            "required": ["runId"],
            "properties": {
                "runId": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
                "facets": {"type": "object", "additionalProperties": FACET},
            },
        },
        "job": {"type": "object", "required": ["namespace", "name"]},
        "inputs": {"type": "array", "items": DATA},
        "outputs": {"type": "array", "items": DATA},
    },
}


@pytest.fixture(scope="session")
def wrong():
    """wrong(event): what of an event is not as OpenLineage asks."""
    return lambda event: [one.message for one in Draft202012Validator(EVENT).iter_errors(event)]
