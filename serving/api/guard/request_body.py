"""A request's body, received as a whole before anybody works on it: counted, in time, and bounded with all others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from serving.api.guard import refusals
from serving.api.guard.refusals import Rejected

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

SMALL = 64_000  # bytes of a body that is not counted with the others, so that large ones keep nobody else waiting


class Gone(Exception):
    """The caller hung up before the body was there."""


class Bodies:
    """The large bodies that are here, so that they cannot fill the memory: ``most`` bytes each, four such in all.

    seconds: how long one may take to arrive.
    """

    def __init__(self, most: int, seconds: float):
        self.most, self.seconds, self.held = most, seconds, 0

    @asynccontextmanager
    async def received(self, receive: Receive, announced: int | None) -> AsyncIterator[bytes]:
        """The body, which counts as here until the context ends. Raises Rejected (413, 408, 429) or Gone; ``announced``
        is its Content-Length, which may lie."""
        if announced is not None and announced > self.most:
            raise Rejected(refusals.too_large(self.most))
        size = held = 0
        parts: list[bytes] = []
        try:
            try:
                async with asyncio.timeout(self.seconds):
                    more = True
                    while more:
                        message = await receive()
                        if message["type"] == "http.disconnect":
                            raise Gone
                        parts.append(message.get("body", b""))
                        size += len(parts[-1])
                        more = message.get("more_body", False)
                        if size > self.most:
                            raise Rejected(refusals.too_large(self.most))
                        if size > SMALL:
                            self.held += size - held
                            held = size
                            if self.held > 4 * self.most:
                                raise Rejected(refusals.BUSY)
            except TimeoutError:
                raise Rejected(refusals.TOO_SLOW_TO_SEND) from None
            body = b"".join(parts)
            parts.clear()
            yield body
        finally:
            self.held -= held


def again(body: bytes, receive: Receive) -> Receive:
    """A channel that gives the body out once, then what comes after it, which is that the caller hangs up."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def channel() -> Message:
        return waiting.pop() if waiting else await receive()

    return channel
