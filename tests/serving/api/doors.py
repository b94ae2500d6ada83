"""The door around apps of a few lines, asked in this process."""

import asyncio
from types import SimpleNamespace

from features.config import Api
from serving.api.guard.gateway import Door
from serving.api.guard.keys import digest
from serving.api.guard.rules import rules
from serving.api.sign_in.sessions import Sessions


async def hello(scope, receive, send):
    """Tells which bytes it was sent."""
    body = (await receive()).get("body", b"")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def call(door, path, body=b"", method=None, headers=(), chunk=None, pause=0.0, peer="127.0.0.1"):
    """Ask a door: status, headers and body of its answer. chunk: bytes a message; pause: seconds between them."""
    method = method or ("POST" if body else "GET")
    given = {name.lower() for name, _ in headers}
    usual = [("host", "localhost"), *([("content-type", "application/json")] if method == "POST" else [])]
    headers = [*(pair for pair in usual if pair[0] not in given), *headers]
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    parts = [body[n : n + (chunk or len(body))] for n in range(0, len(body), chunk or len(body))] if body else [b""]
    sent, answer = [], SimpleNamespace(status=0, headers={}, body=b"", received=0)

    async def receive():
        if not parts:
            await asyncio.sleep(60)
        if sent and pause:
            await asyncio.sleep(pause)
        sent.append(part := parts.pop(0))
        answer.received += len(part)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.cookies = [value.decode() for name, value in message["headers"] if name.lower() == b"set-cookie"]
            answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "headers": pairs, "query_string": query.encode()}
    scope["client"] = (peer, 50_000)
    await door(scope, receive, send)
    return answer


def make(app=hello, keys=None, ready=(True, {}), until=None, secret=b"a secret", accounts=None, stale=(), **settings):
    """A Door of keys={"name": ("key", "read")} and [api] settings."""
    known = [
        {"name": name, "sha256": digest(key), "scopes": list(scopes), "until": until}
        for name, (key, *scopes) in (keys or {}).items()
    ]
    sessions = Sessions(secret, accounts)
    now = Api(keys=known, **settings)
    return Door(app, lambda: rules(now), lambda: ready, lambda: sessions, lambda: stale)


def ask(*given, **more):
    """One request, answered, see ``call``."""
    return asyncio.run(call(*given, **more))
