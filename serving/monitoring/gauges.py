"""The gauges of /metrics that tell how old what is served is, and what came true of what was served before."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import Gauge

from serving.monitoring.report.kept import newest
from serving.monitoring.report.report_json import gauges
from serving.monitoring.stale import DAY, ages

AGE = Gauge(
    "holdfast_age_seconds",
    "Age of the served snapshot's as-of, of its logs' end, and of the newest outcomes that its model learned from.",
    ["of"],
    multiprocess_mode="livemostrecent",
)
REALISED = Gauge(
    "holdfast_realised",
    "The newest closed window as the last 'holdfast monitor' found it: ece, auc and others.",
    ["figure"],
    multiprocess_mode="livemostrecent",
)
VERDICT = Gauge(
    "holdfast_monitor_verdict",
    "The verdict of the last 'holdfast monitor': 0 fine, 1 watch, 2 retrain, 3 stop.",
    multiprocess_mode="livemostrecent",
)
KEPT = "realised_"


def measure(store: Path, manifest: Mapping[str, Any], now: datetime) -> None:
    """Set the gauges as of now (UTC, without a zone). manifest: of the served snapshot, empty where there is none."""
    for name, age in ages(manifest, now).items():
        AGE.labels(name).set(age * DAY.total_seconds())
    told = newest(store)
    for name, x in (gauges(told) if told else {}).items():
        if name.startswith(KEPT):
            REALISED.labels(name.removeprefix(KEPT)).set(x)
        elif name == "verdict":
            VERDICT.set(x)
