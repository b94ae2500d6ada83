"""Middleware that takes a prediction straight to its `@bentoml.api` method.

BentoML's own way there binds the request, looks up its settings and keeps a context for each. None of that is needed
here, and it takes as long as answering for one user. What is read, called and answered is the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.contract.errors import Refused
from serving.api.contract.requests import Body

Methods = Mapping[str, tuple[type[Body], Callable[..., Awaitable[Any]]]]
Read = Callable[[type[Body], bytes], Awaitable[Mapping[str, Any]]]


class Straight:
    """``methods``: by path, the body that is taken and what answers it; empty until the service is up. ``read``: the
    fields of a body. Other requests go on to BentoML. Runs behind the gateway, which hands on a body as one message."""

    def __init__(self, app: ASGIApp, methods: Callable[[], Methods], read: Read):
        self.app, self._methods, self._read = app, methods, read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        there = scope["type"] == "http" and scope["method"] == "POST"
        found = self._methods().get(scope["path"]) if there else None
        if found is None:
            await self.app(scope, receive, send)
            return
        body, method = found
        try:
            response = await method(**await self._read(body, (await receive())["body"]))
        except Refused as refused:
            response = refused.problem.response()
        await response(scope, receive, send)
