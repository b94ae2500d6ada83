"""A report of a quiet day, as JSON."""

import json

import pytest

from serving.monitoring.monitor import monitor
from serving.monitoring.report.report_json import as_json


@pytest.fixture(scope="package")
def told(monitored):
    return json.loads(json.dumps(as_json(monitor(monitored, monitored.tables.observed_until))))


@pytest.fixture
def alarming(told):
    """The same with one finding of each kind of level."""
    said = {"en": "events: <no> row", "zh": "events：没有数据"}
    found = [{"kind": "stopped", "subject": "events", "level": level, "said": said} for level in ("stop", "watch")]
    return told | {"verdict": "stop", "advice": {"en": "write to nobody", "zh": "请勿触达"}, "findings": found}
