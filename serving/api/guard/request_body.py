"""A request's body, received as a whole before anybody works on it: counted, in time, and not nested too deeply."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import numpy as np

from serving.api.guard import refusals
from serving.api.guard.refusals import Rejected

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

DEEPEST = 32  # brackets within brackets; a request needs six
BLOCK = 1 << 20
ESCAPED = re.compile(rb"\\.", re.DOTALL)


class Gone(Exception):
    """The caller hung up before the body was there."""


class Bodies:
    """The bodies that are arriving, so that slow senders cannot fill the memory: ``most`` bytes each, four such in all.

    seconds: how long one may take to arrive.
    """

    def __init__(self, most: int, seconds: float):
        self.most, self.seconds, self.held = most, seconds, 0

    async def receive(self, receive: Receive, announced: int | None) -> bytes:
        """The body. Raises Rejected (413, 408, 429) or Gone; ``announced`` is its Content-Length, which may lie."""
        if announced is not None and announced > self.most:
            raise Rejected(refusals.too_large(self.most))
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    part = message.get("body", b"")
                    parts.append(part)
                    size += len(part)
                    self.held += len(part)
                    more = message.get("more_body", False)
                    if size > self.most:
                        raise Rejected(refusals.too_large(self.most))
                    if self.held > 4 * self.most:
                        raise Rejected(refusals.BUSY)
        except TimeoutError:
            raise Rejected(refusals.TOO_SLOW_TO_SEND) from None
        finally:
            self.held -= size
        return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """A channel that gives the body out once, then what comes after it, which is that the caller hangs up."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def channel() -> Message:
        return waiting.pop() if waiting else await receive()

    return channel


def too_deep(body: bytes, most: int = DEEPEST) -> bool:
    """Whether brackets that are not within texts stand more than so deep in each other.

    Found without a parser, which the nesting might bring down, and in blocks: the body itself may be large.
    """
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    plain = ESCAPED.sub(b"  ", body) if b"\\" in body else body
    level, inside = 0, False
    for start in range(0, len(plain), BLOCK):
        signs = np.frombuffer(plain, np.uint8, min(BLOCK, len(plain) - start), start)
        texts = np.logical_xor.accumulate(signs == ord('"')) ^ inside
        opening, closing = (signs == ord("[")) | (signs == ord("{")), (signs == ord("]")) | (signs == ord("}"))
        levels = level + np.cumsum(np.where(texts, 0, opening.astype(np.int32) - closing))
        if levels.max() > most:
            return True
        level, inside = int(levels[-1]), bool(texts[-1])
    return False
