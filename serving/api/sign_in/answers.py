"""What holds for every answer to a browser: what it may load is bounded by headers, and errors are pages too."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from serving.api.contract.errors import of_status
from serving.api.guard.refusals import Refusal
from serving.api.pages.plain import plain
from serving.api.pages.view import language_of, scope_names, why

POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
STATIC = "/ui/static/"
KEPT = (b"allow", b"retry-after", b"connection")  # headers of an error that its page keeps


class Answers:
    """A ``send`` for a request under /ui. refused: what the gateway refused it with, if it did."""

    def __init__(self, scope: Scope, send: Send):
        self._scope, self._send, self._replaced = scope, send, False
        self.refused: Refusal | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] != "http.response.start":
            if not self._replaced:
                await self._send(message)
            return
        given = {name.lower(): value for name, value in message.get("headers", ())}
        if message["status"] >= 400 and not given.get(b"content-type", b"").startswith(b"text/html"):
            self._replaced = True
            page = self._page(message["status"])
            headers = [*page.raw_headers, *((name, given[name]) for name in KEPT if name in given), *_policy({})]
            await self._send({**message, "headers": headers})
            body = b"" if self._scope["method"] == "HEAD" else page.body
            await self._send({"type": "http.response.body", "body": body})
            return
        # A style sheet is kept, but asked for by its ETag each time: never that of an old version.
        kept = {"cache-control": "no-cache"} if self._scope["path"].startswith(STATIC) else {}
        more = [pair for pair in _policy(kept) if pair[0] not in given]
        await self._send({**message, "headers": [*message.get("headers", ()), *more]})

    def _page(self, status: int) -> Response:
        problem, missing = of_status(status), {}
        if self.refused and self.refused.status == status:
            problem = replace(problem, code=self.refused.code, message=self.refused.message)
            missing = {"scopes": scope_names(self.refused.scope)} if self.refused.scope else {}
        request = Request(self._scope)
        said = why(language_of(request), problem, **missing)
        return plain(request, "error.html", status, why=said, sign_in=status in (401, 403))


def _policy(more: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in {**POLICY, **more}.items()]
