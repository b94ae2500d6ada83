"""The BentoML service: the routes of the table, by POST and by GET, on what is live."""

import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import bentoml

from features.config import Api, load
from serving.api.contract.errors import OneShape
from serving.api.fast_path import Methods, Straight
from serving.api.guard import logs
from serving.api.guard.body_checks import Checks
from serving.api.guard.connections import bound
from serving.api.guard.gateway import Door
from serving.api.guard.rules import Rules, Watched
from serving.api.live import Live
from serving.api.routes import get_routes, table
from serving.api.routes.route import Route
from serving.api.runtime_patches import go_straight, settle
from serving.api.sign_in.secret import secret
from serving.api.sign_in.sessions import Sessions
from serving.api.workers import options, threads

T = TypeVar("T", bound=type)
READS = get_routes.app(table.GETS, table.API, table.PAGES)
CHECKS = Checks()
FILE = Path(os.environ["HOLDFAST_CONFIG"]) if "HOLDFAST_CONFIG" in os.environ else None  # None: `bentoml build`
CONFIG = load(FILE) if FILE else None
API = CONFIG.api if CONFIG else Api()


def _api(route: Route) -> Any:
    """The route's handler as a method that BentoML serves and describes."""

    async def method(self: "Holdfast", **request: Any) -> Any:
        return await self.answers[route.name](**request)

    assert route.handler
    method.__name__, method.__doc__ = route.handler.__name__, route.handler.__doc__
    return bentoml.api(route=route.name, input_spec=route.takes, output_spec=route.gives)(method)


def _with_posts(service: T) -> T:
    for route in table.POSTS:
        method = _api(route)
        setattr(service, method.name, method)
    return service


@bentoml.asgi_app(READS, path="/")
@bentoml.service(name="holdfast", **options(API))
@_with_posts
class Holdfast:
    """Serves the champion of the registry and the newest snapshot. Every request takes what is live once."""

    def __init__(self) -> None:
        logs.configure()
        self.limiter = anyio.CapacityLimiter(threads(API))
        self.live = Live(load(os.environ["HOLDFAST_CONFIG"]))
        get_routes.attach(READS, self.live, self.limiter)
        handlers = {one.name: one.handler for one in table.POSTS if one.handler}
        self.answers = {name: partial(handler, self.live, self.limiter) for name, handler in handlers.items()}
        READS.state.methods = {one.name: (one.takes, self.answers[one.name]) for one in table.POSTS}
        CHECKS.start()
        settle()

    @bentoml.on_shutdown
    def close(self) -> None:
        """Stop watching for new models."""
        self.live.close()
        CHECKS.close()


def _rules() -> Callable[[], Rules]:
    """Read at the first request, when the process that serves is up."""
    watched = cache(lambda: Watched(API, FILE))
    return lambda: watched()()


@cache
def _sessions() -> Sessions:
    """Read when somebody first comes to a page."""
    assert CONFIG  # only `bentoml build` has none, which serves nobody
    return Sessions(secret(CONFIG.store_path))


def _ready() -> tuple[bool, dict[str, Any]]:
    live: Live | None = getattr(READS.state, "live", None)
    return live.ready() if live else (False, {})


def _stale() -> tuple[str, ...]:
    live: Live | None = getattr(READS.state, "live", None)
    return tuple(live.stale()) if live else ()


def _measure() -> None:
    live: Live | None = getattr(READS.state, "live", None)
    if live:
        live.measure()


def _methods() -> Methods:
    return getattr(READS.state, "methods", {})


go_straight()
bound(API)
# The decorator made a service of the class. What is added first sees a request first.
Holdfast.add_asgi_middleware(  # type: ignore[attr-defined]
    Door, rules=_rules(), ready=_ready, sessions=_sessions, stale=_stale, measure=_measure
)
Holdfast.add_asgi_middleware(OneShape)  # type: ignore[attr-defined]
Holdfast.add_asgi_middleware(Straight, methods=_methods, read=CHECKS.read)  # type: ignore[attr-defined]
