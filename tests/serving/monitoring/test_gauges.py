"""serving/monitoring/gauges.py."""

from datetime import datetime

from prometheus_client import generate_latest

from serving.monitoring.gauges import measure
from serving.monitoring.report.kept import keep

MANIFEST = {"as_of": "2026-01-10T00:00:00", "labels_close": "2026-01-01T00:00:00"}
REALISED = {"figures": {"auc": 0.8, "log_loss": 0.5, "ece": 0.0125}, "churned": 0.3, "risk": 0.31, "ratio": 1.1}


def test_ages_and_what_came_true_are_told(tmp_path):
    told = {
        "verdict": "retrain",
        "ages": {},
        "findings": [],
        "inputs": [],
        "realised": [REALISED | {"hindsight": False}],
    }
    keep(tmp_path, told)
    measure(tmp_path, MANIFEST, datetime(2026, 1, 11))
    lines = generate_latest().decode().splitlines()
    assert 'holdfast_age_seconds{of="snapshot"} 86400.0' in lines
    assert 'holdfast_age_seconds{of="model"} 864000.0' in lines
    assert 'holdfast_realised{figure="ece"} 0.0125' in lines
    assert "holdfast_monitor_verdict 2.0" in lines


def test_without_snapshot_and_report_nothing_is_told(tmp_path):
    measure(tmp_path, {}, datetime(2026, 1, 11))
