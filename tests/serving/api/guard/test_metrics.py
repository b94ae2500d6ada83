"""What Prometheus reads, from one process and from several."""

import os
import subprocess
import sys
from pathlib import Path

from serving.api.guard import metrics

ROOT = Path(metrics.__file__).parents[3]
WORKER = """
import sys
from serving.api.guard import metrics
metrics.answered("/v1/score", 200, 0.003)
metrics.scored("/v1/predict", [0.05, None, 0.95])
metrics.unseen({"plan": ("free",)}, [{"plan": "gold"}, {"plan": "free"}, {"plan": None}, {"plan": "x"}])
metrics.serving(metrics.MODEL, None, ("v1-abc",))
metrics.serving(metrics.MODEL, ("v1-abc",), ("v2-def",))
if sys.argv[1:]:
    print(metrics.page().decode())
"""


def lines(text):
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, value in pairs}


def test_workers_add_up(tmp_path):
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for last in ([], ["print"]):
        done = subprocess.run(
            [sys.executable, "-c", WORKER, *last], env=env, cwd=ROOT, capture_output=True, text=True, check=True
        )
    found = lines(done.stdout)
    assert found['holdfast_requests_total{route="/v1/score",status="200"}'] == 2
    assert found['holdfast_request_seconds_bucket{le="0.005",route="/v1/score"}'] == 2
    assert found['holdfast_churn_risk_bucket{le="0.1",route="/v1/predict"}'] == 2
    assert found['holdfast_churn_risk_count{route="/v1/predict"}'] == 4
    assert found['holdfast_unseen_categories_total{feature="plan"}'] == 4
    assert found['holdfast_model_info{version="v2-def"}'] == 1 and found['holdfast_model_info{version="v1-abc"}'] == 0


def test_one_process_tells_its_own():
    metrics.UNKNOWN.inc(3)
    assert lines(metrics.page().decode())["holdfast_unknown_users_total"] >= 3


def test_no_label_is_free_text():
    labels = {
        name for one in (metrics.REQUESTS, metrics.LATENCY, metrics.RISK, metrics.UNSEEN) for name in one._labelnames
    }
    assert labels == {"route", "status", "feature"}
