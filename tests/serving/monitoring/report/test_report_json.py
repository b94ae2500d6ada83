"""serving/monitoring/report/report_json.py."""

import json

from serving.monitoring.report.report_json import gauges, prometheus


def test_a_report_is_plain_json(told):
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["verdict"], told["findings"]) == ("fine", [])
    assert len(told["realised"]) == 3


def test_no_user_is_named(told, monitored):
    rows = {str(user) for user in monitored.con.to_pyarrow(monitored.tables["users"].user_id).to_pylist()}
    keys = {key for one in told["inputs"] for key in one}
    assert not keys & {"user_id", "users"}
    assert not {one for one in _texts(told) if one in rows}


def test_the_gauges_are_those_of_the_newest_honest_window(told):
    found = gauges(told)
    assert found["realised_ece"] == told["realised"][-1]["figures"]["ece"]
    assert found["verdict"] == found["findings_stop"] == 0
    assert found["snapshot_age_days"] == 0
    knew = told | {"realised": [one | {"hindsight": True} for one in told["realised"]]}
    assert "realised_ece" not in gauges(knew)


def test_prometheus_reads_every_gauge(told):
    lines = prometheus(told).splitlines()
    assert len(lines) == 2 * len(gauges(told))
    assert all(line.startswith(("# TYPE holdfast_monitor_", "holdfast_monitor_")) for line in lines)


def _texts(value):
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
