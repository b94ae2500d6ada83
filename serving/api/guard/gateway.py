"""The ASGI middleware that every request passes: it checks the key, limits the cost of a request, and logs it."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from features.config import ApiKey
from serving.api.guard import logs, metrics, refusals
from serving.api.guard import request_checks as checks
from serving.api.guard.deadline import CURRENT, OutOfTime, Work
from serving.api.guard.refusals import Refusal, Rejected
from serving.api.guard.request_body import Bodies, Gone, Message, Receive, again
from serving.api.guard.request_checks import Headers
from serving.api.guard.routes import find
from serving.api.guard.rules import Rules
from serving.api.pages.view import WHO, Who
from serving.api.routes.route import GET, OPEN, Route, is_page
from serving.api.sign_in import origin
from serving.api.sign_in.answers import STATIC, Answers
from serving.api.sign_in.sessions import Sessions
from serving.api.sign_in.sign_in import HOME, SignIn, redirect, to_sign_in

Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # others, any text, are logged as "other"
SANE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
PROCESS, COUNT = secrets.token_hex(12), count()  # of new ids: random by process, then counted, which is soon done
SAFE = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


@dataclass
class _Request:
    """One request on its way: what its log line and metrics will say."""

    route: Route
    method: str
    id: str
    key: str = ""
    status: int = 0
    page: Answers | None = None  # how a browser is answered, where it asks for a page

    @property
    def monitoring(self) -> bool:
        return self.route.scope is OPEN and not self.page


class Door:
    """Middleware around an app. ``rules``: those of now, asked for at each request. ``ready``: whether there is
    something to serve, and what /readyz says about it to who has a key. ``sessions``: of who signed in.
    ``stale``: what of that is too old, for a header of answers. ``measure``: brings the gauges up to date."""

    def __init__(
        self,
        app: App,
        rules: Callable[[], Rules],
        ready: Callable[[], tuple[bool, dict[str, Any]]],
        sessions: Callable[[], Sessions],
        stale: Callable[[], Sequence[str]] = tuple,
        measure: Callable[[], None] = lambda: None,
    ):
        self.app, self._rules, self._ready = app, rules, ready
        self._stale, self._measure = stale, measure
        self._working, self._up = 0, False
        self._large: Bodies | None = None
        self._small: Bodies | None = None
        self._sign_in = SignIn(sessions)

    def _bodies(self, rules: Rules) -> Bodies:
        self._large = self._large or Bodies(rules.body, rules.seconds)
        return self._large

    def _forms(self, rules: Rules) -> Bodies:
        self._small = self._small or Bodies(min(origin.MOST, rules.body), rules.seconds)
        return self._small

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        headers = checks.headers_of(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        request = _Request(find(scope["path"]), method, _id(headers))
        logs.REQUEST.set(request.id)
        send = _recording(request, send, self._stale)
        if is_page(scope["path"]):
            send = request.page = Answers(scope, send)
        try:
            await self._answer(scope, headers, request, receive, send)
        except Rejected as error:
            if request.page:
                request.page.refused = error.refusal
            await _refuse(error.refusal, send)
        except Gone:
            request.status = 499  # the caller hung up; nobody is left to answer
        except Exception:  # the last to see it: BentoML would answer in a shape of its own and log what was sent
            logs.OURS.exception("a request failed")
            if not request.status:
                await _refuse(refusals.FAILED, send)
        finally:
            if not request.monitoring:
                seconds = time.perf_counter() - start
                route, status = request.route.name, request.status
                metrics.answered(route, status, seconds)
                about: dict[str, Any] = {"method": request.method, "route": route, "status": status}
                logs.event("request", **about, ms=round(1000 * seconds, 2), key=request.key)

    async def _answer(self, scope: Message, headers: Headers, request: _Request, receive: Receive, send: Send) -> None:
        rules, route = self._rules(), request.route
        checks.check_host(headers, rules)
        checks.check_length(scope, headers)
        if request.page:
            await self._page(scope, headers, request, receive, rules, send)
            return
        if request.monitoring:
            checks.check_method(scope, route)
            await self._probe(request, checks.may_know(headers, rules, scope.get("client")), send)
            return
        if rules.keys is not None:
            request.key = checks.check_key(headers, rules.keys, route).name
        elif not checks.is_here(scope.get("client")):
            raise Rejected(refusals.NOT_HERE)  # however it came to listen there
        if not route.methods:
            raise Rejected(refusals.NO_ROUTE)
        checks.check_method(scope, route)
        if "\n" in scope["path"]:  # Starlette would take it for what stands before, or for none
            raise Rejected(refusals.TWO_LINES)
        announced = checks.check_kind(headers, scope["method"])
        async with self._bodies(rules).received(receive, announced) as body:
            await self._let_in(scope, again(body, receive), request, rules, send)

    async def _page(
        self, scope: Message, headers: Headers, request: _Request, receive: Receive, rules: Rules, send: Send
    ) -> None:
        """What a browser asks for: by the cookie of who signed in, or by a key as programs do."""
        route, method = request.route, scope["method"]
        if rules.keys is None and not checks.is_here(scope.get("client")):
            raise Rejected(refusals.NOT_HERE)
        if method not in GET:
            origin.check_origin(headers)
        scope[WHO] = Who()
        if rules.keys is not None and route.scope is not OPEN:
            who = self._reader(scope, headers, rules.keys, route)
            if who is None:
                await to_sign_in(scope)(scope, receive, send)
                return
            request.key, scope[WHO] = who.name, Who(who.name, tuple(who.scopes))
        if scope["path"] == f"{HOME}/":
            await redirect(HOME)(scope, receive, send)
            return
        if not route.methods:
            raise Rejected(refusals.NO_ROUTE)
        checks.check_method(scope, route)
        if "\n" in scope["path"]:
            raise Rejected(refusals.TWO_LINES)
        announced = origin.check_form(headers, method)
        async with self._forms(rules).received(receive, announced) as body:
            if route.scope is OPEN and not scope["path"].startswith(STATIC):
                answer, request.key = await self._sign_in.answer(scope, headers, body, rules)
                await answer(scope, receive, send)
            else:
                await self._let_in(scope, again(body, receive), request, rules, send)

    def _reader(self, scope: Message, headers: Headers, known: Sequence[ApiKey], route: Route) -> ApiKey | None:
        """Who may open a page; None: who is to sign in first."""
        if "authorization" in headers or "x-api-key" in headers:
            return checks.check_key(headers, known, route)
        who = self._sign_in.owner(known, scope)
        if who is not None:
            return checks.check_scope(who, route)
        if scope["method"] in GET:
            return None
        raise Rejected(refusals.NO_KEY)

    async def _let_in(self, scope: Message, receive: Receive, request: _Request, rules: Rules, send: Send) -> None:
        """Of a request that may ask: the metrics, or the app, where there is room for one more."""
        if request.route.name == "/metrics":
            await asyncio.to_thread(self._measure)
            page = await asyncio.to_thread(metrics.page)
            await _write(200, page, metrics.TYPE, send)
            return
        self._up = self._up or self._ready()[0]  # what serves once goes on serving
        if not self._up:
            raise Rejected(refusals.NOT_READY)
        if self._working >= rules.waiting:
            raise Rejected(refusals.BUSY)
        await self._work(scope, receive, request, rules.seconds, send)

    async def _work(self, scope: Message, receive: Receive, request: _Request, seconds: float, send: Send) -> None:
        """The app itself, in its turn and in its time."""
        work = Work()
        CURRENT.set(work)
        held = True
        self._working += 1

        async def sending(message: Message) -> None:
            nonlocal held
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if held and last:  # the work is done: a caller who reads slowly keeps no other waiting
                held = False
                self._working -= 1
            if request.route.streams and message["type"] == "http.response.start":
                limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(seconds) as limit:
                await self.app(scope, receive, sending)
        except (TimeoutError, OutOfTime):
            work.stop()
            if not request.status:
                await _refuse(refusals.OUT_OF_TIME, send)
            while work.busy:  # the place is free again when the work has really ended
                work.stop()
                await asyncio.sleep(0.02)
        finally:
            if held:
                self._working -= 1

    async def _probe(self, request: _Request, all: bool, send: Send) -> None:
        """Whether it is alive or ready; all: with the names of model and snapshot, and what was refused."""
        live = request.route.name == "/livez"
        ready, about = (True, {}) if live else self._ready()
        body = json.dumps({"alive": True} if live else {"ready": ready} | (about if all else {})).encode()
        await _write(200 if ready else 503, body, "application/json", send)


def _id(headers: Headers) -> str:
    """The caller's own id of the request where it is harmless in a log, or a new one."""
    given = headers.get("x-request-id", [""])
    return given[0] if len(given) == 1 and SANE_ID.fullmatch(given[0]) else f"{PROCESS}{next(COUNT):08x}"


def _recording(request: _Request, send: Send, stale: Callable[[], Sequence[str]]) -> Send:
    """A ``send`` that records the status, and adds the request's id and safe defaults to the answer's headers, and to
    those of a good answer what it was made of that is too old."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            request.status = message["status"]
            there = {name.lower() for name, _ in message.get("headers", ())}
            more = [(b"x-request-id", request.id.encode()), *(pair for pair in SAFE if pair[0] not in there)]
            if request.status < 400 and request.route.scope is not OPEN and (old := stale()):
                more.append((b"x-holdfast-stale", ", ".join(old).encode()))
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return sending


async def _refuse(refusal: Refusal, send: Send) -> None:
    await _write(refusal.status, refusal.body(), refusal.kind, send, refusal.headers)


async def _write(status: int, body: bytes, kind: str, send: Send, more: Any = None) -> None:
    headers = {"content-type": kind, "content-length": str(len(body))} | dict(more or {})
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
