"""Keeps the garbage collector from stopping the service, and removes what BentoML adds to each request.

Half a million objects of libraries live as long as the process. A full collection visits each: 0.28 s in which no
request is answered, about every ten thousand requests. And BentoML's time limit leaves a timer, a future and a context
behind each request until the limit is over, long after the answer: at 2,000 requests a second some 300,000 objects.
"""

import gc
from typing import Any

import opentelemetry.instrumentation.asgi as tracing
from bentoml._internal.server.http import traffic
from starlette.types import ASGIApp


def settle() -> None:
    """Exclude all objects that live now from collections, after collecting what is garbage, including what an earlier
    call excluded, such as a replaced model. Takes 0.3 s: call it at the start and after a swap."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def go_straight() -> None:
    """Remove two middlewares of BentoML that cannot be turned off: its time limit (the gateway has its own, which also
    stops the work) and its tracing, which goes nowhere and still reads each request's address."""
    traffic.TimeoutMiddleware = _left_out  # type: ignore[assignment, misc]
    tracing.OpenTelemetryMiddleware = _left_out  # type: ignore[assignment, misc]


def _left_out(app: ASGIApp, **settings: Any) -> ASGIApp:
    return app
