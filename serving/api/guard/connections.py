"""Connections that bring no request are closed in time, and there are never more than the process can have open.

uvicorn waits for ever for the first byte, for the end of a head, and for a reader of an answer. Here a connection has
``idle`` seconds for each whole request, whatever trickles in meanwhile, and where there are too many the one that has
waited longest goes, so that those who ask are served.
"""

import asyncio
import json
import resource

import h11
from uvicorn.protocols.http import auto
from uvicorn.protocols.http.h11_impl import H11Protocol

from features.config import Api
from serving.api.contract.errors import MEDIA, Problem
from serving.api.guard import logs

FILES = 65_536  # descriptors that a process asks for at most; some programs go through all that they may have
OTHERS = 600  # of them for all but connections: 256 parts of each of two snapshots, the registry, the processes beside
BURST = 250  # connections closed in one go, for whoever asks waits meanwhile
READING = 60.0  # seconds for reading an answer, beside those for the request
TICK = 0.5  # seconds between two looks at whose time is over
UNREADABLE = Problem(
    400, "bad_request", "not HTTP that can be read, or a head too long; send long ids by POST /v1/score"
)
FULL = Problem(503, "unavailable", "too many connections that all have requests; try again later")


def more_files() -> int:
    """Raise the number of files that this process may have open to what the system lets it, and tell it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


class Connections:
    """All that are open, by when their time is over. most: how many; idle, busy: seconds without and with a request."""

    def __init__(self, most: int, idle: float, busy: float):
        self.most, self.idle, self.busy = most, idle, busy
        self.waiting: dict[Connection, float] = {}  # each in the order of its end, for all have equally long
        self.working: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def waits(self, one: "Connection") -> None:
        """It has no request now."""
        self.gone(one)
        self.waiting[one] = one.loop.time() + self.idle
        self._timer = self._timer or one.loop.call_later(TICK, self._look, one.loop)

    def works(self, one: "Connection") -> None:
        """It has a new one."""
        self.gone(one)
        self.working[one] = one.loop.time() + self.busy

    def gone(self, one: "Connection") -> None:
        self.waiting.pop(one, None)
        self.working.pop(one, None)

    def room(self) -> bool:
        """Whether there is room for one more, which the one that has waited longest may have to make."""
        if len(self.waiting) + len(self.working) < self.most:
            return True
        if not self.waiting:
            return False
        self._close(next(iter(self.waiting)))
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        left = BURST
        for those in (self.waiting, self.working):
            while left and those and those[first := next(iter(those))] <= loop.time():
                self._close(first)
                left -= 1
        open_ = self.waiting or self.working
        self._timer = loop.call_later(TICK if left else TICK / 10, self._look, loop) if open_ else None

    def _close(self, one: "Connection") -> None:
        self.gone(one)
        one.transport.abort()  # a close would wait until all was read


class Connection(H11Protocol):
    """uvicorn's connection, which says when it has a request and when it has none."""

    all: Connections
    over = False  # whether what comes in is looked at no more

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.all.room():
            self.all.waits(self)
        else:
            transport.write(_answer("503 Service Unavailable", FULL))
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self.over:
            return
        super().data_received(data)
        if self._asked() and self not in self.all.working:
            self.all.works(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self.transport.write_eof()  # refused before its end: the rest is let in, for a while, and not looked at
            self.over = True
        if self._asked():  # the next came before the answer to this one
            self.all.works(self)
        elif not self.transport.get_write_buffer_size():  # else it has the time that it had, to read the answer
            self.all.waits(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.all.gone(self)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else it is in the midst of an answer
            self.transport.write(_answer("400 Bad Request", UNREADABLE))
            self.transport.write_eof()  # a close while more comes in would take the answer away from who sends it
            self.over = True
        else:
            self.transport.close()

    def _asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


def _answer(status: str, problem: Problem) -> bytes:
    body = json.dumps(problem.body()).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: {MEDIA}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return head.encode() + body


def bound(api: Api) -> None:
    """Have the worker's server use connections that are bounded as the configuration says."""
    files = more_files()
    most = max(1, min(api.connections, files - OTHERS))
    if most < api.connections:
        logs.event("fewer connections than configured", level=30, connections=most, files=files)
    Connection.all = Connections(most, api.idle_seconds, 2 * api.seconds + READING)
    auto.AutoHTTPProtocol = Connection
