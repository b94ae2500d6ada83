"""Prometheus metrics: requests, their latency, the versions that serve, and the scores that were answered.

Labels are names of routes, statuses, versions and features; never anything that a caller sent.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

MANY = "PROMETHEUS_MULTIPROC_DIR" in os.environ  # as the library read it at import: workers add up through files there
TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TENTHS = tuple(n / 10 for n in range(1, 11))

REQUESTS = Counter("holdfast_requests", "Requests answered.", ["route", "status"])
LATENCY = Histogram("holdfast_request_seconds", "From the headers' arrival to the answer.", ["route"], buckets=SECONDS)
RISK = Histogram("holdfast_churn_risk", "Churn risks that were answered.", ["route"], buckets=TENTHS)
UNKNOWN = Counter("holdfast_unknown_users", "Users asked for who are not in the snapshot.")
UNSEEN = Counter("holdfast_unseen_categories", "Texts that the model never saw in training.", ["feature"])
MODEL = Gauge("holdfast_model_info", "1 for the model that serves.", ["version"], multiprocess_mode="livemax")
SNAPSHOT = Gauge(
    "holdfast_snapshot_info", "1 for the snapshot that serves.", ["run", "as_of"], multiprocess_mode="livemax"
)
REFUSED = Counter("holdfast_refused_candidates", "Models and snapshots that were not taken.", ["kind"])


_requests, _latency = lru_cache(None)(REQUESTS.labels), lru_cache(None)(LATENCY.labels)  # found in a tenth of the time


def answered(route: str, status: int, seconds: float) -> None:
    """Count a request."""
    _requests(route, status).inc()
    _latency(route).observe(seconds)


def scored(route: str, risks: Iterable[float | None]) -> None:
    """Count the churn risks of an answer; None, for users without one, is skipped."""
    child = RISK.labels(route)
    for risk in risks:
        if risk is not None:
            child.observe(risk)


def unseen(known: Mapping[str, Collection[str]], rows: Iterable[Mapping[str, Any]]) -> None:
    """Count texts that the model never saw in training, by feature. known: those that it saw, by feature."""
    for row in rows:
        for feature, texts in known.items():
            if row[feature] is not None and row[feature] not in texts:
                UNSEEN.labels(feature).inc()


def serving(gauge: Gauge, before: tuple[str, ...] | None, now: tuple[str, ...]) -> None:
    """Record which model or snapshot serves now, instead of the one before."""
    if before is not None and before != now:
        gauge.labels(*before).set(0)
    gauge.labels(*now).set(1)


def page() -> bytes:
    """All metrics of all workers, as Prometheus reads them."""
    registry = CollectorRegistry() if MANY else REGISTRY
    if MANY:
        MultiProcessCollector(registry)
    return generate_latest(registry)
