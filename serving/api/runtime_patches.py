"""Keeps the garbage collector from stopping the service, and what BentoML adds to each request out of its way.

Half a million objects of libraries live as long as the process. A full collection looks at each: 0.28 s in which no
request is answered, every ten thousand requests or so. And BentoML's time limit leaves a timer, a future and a context
behind each request until the limit is over, long after the answer: at 2,000 requests a second some 300,000 objects.
"""

import gc
from typing import Any

import opentelemetry.instrumentation.asgi as tracing
from bentoml._internal.server.http import traffic
from starlette.types import ASGIApp


def settle() -> None:
    """Take all that lives now out of what collections look at; what is garbage now goes first, also what an earlier
    call took out, such as a model that serves no more. Takes 0.3 s itself: for the start and after a swap."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def go_straight() -> None:
    """Take two middlewares of BentoML's out that cannot be turned off: its time limit (the door's, which also stops the
    work, stands) and its tracing, which goes nowhere and reads each request's address even where it traces none."""
    traffic.TimeoutMiddleware = _left_out  # type: ignore[assignment, misc]
    tracing.OpenTelemetryMiddleware = _left_out  # type: ignore[assignment, misc]


def _left_out(app: ASGIApp, **settings: Any) -> ASGIApp:
    return app
