"""Connections without a whole request are closed in time, and there is room for who asks however many there are."""

import asyncio
import json
import resource
from contextlib import asynccontextmanager

import pytest
import uvicorn

from features.config import Api
from serving.api.guard import connections as module
from serving.api.guard.connections import Connection, Connections, bound, more_files

ASK = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
IDLE = 0.6


@asynccontextmanager
async def serving(app, **bounds):
    """A server of this app: its port."""
    Connection.all = Connections(**({"most": 50, "idle": IDLE, "busy": 60.0} | bounds))
    config = uvicorn.Config(app, port=0, http=Connection, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await task


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "TICK", 0.05)
    monkeypatch.setattr(Connection, "all", None, raising=False)


async def hello(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await answer(send)


async def answer(send, body=b"fine"):
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def open_with(port, text=b""):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    return reader, writer


async def status(reader):
    return int((await reader.readuntil(b"\r\n\r\n")).split()[1])


async def closed(reader, within):
    """Whether the other side closed the connection in that time."""
    try:
        await asyncio.wait_for(reader.read(), within)
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


HALF = {
    "nothing": b"",
    "half a head": ASK[:20],
    "after an answer": ASK,
    "after an answer, half a head": ASK + ASK[:20],
    "half of a refused body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n123",
}


async def refuses(scope, receive, send):
    await answer(send)


@pytest.mark.parametrize("text", HALF.values(), ids=HALF.keys())
def test_a_connection_that_brings_no_whole_request_is_closed(text):
    async def told():
        async with serving(refuses) as port:
            reader, _ = await open_with(port, text)
            ended = await closed(reader, 10 * IDLE)
            await asyncio.sleep(2 * IDLE)  # who was answered before the end of a body may send on for so long
            return ended, len(Connection.all.waiting)

    assert asyncio.run(told()) == (True, 0)


def test_the_rest_of_a_refused_body_is_not_looked_at(monkeypatch):
    read = []
    receive = module.H11Protocol.data_received
    monkeypatch.setattr(
        module.H11Protocol, "data_received", lambda self, data: read.append(data) or receive(self, data)
    )

    async def told():
        async with serving(refuses) as port:
            reader, writer = await open_with(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n")
            answered = await reader.read()  # to the end, which comes with the answer
            for _ in range(20):
                writer.write(b"x" * 100_000)
                await writer.drain()
            return answered

    assert asyncio.run(told()).endswith(b"fine") and sum(map(len, read)) < 1000


def test_many_whose_time_is_over_are_closed_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "BURST", 3)
    monkeypatch.setattr(module, "TICK", 1.0)

    async def told():
        async with serving(refuses, most=500, idle=0.05) as port:
            _links = [await open_with(port) for _ in range(8)]
            sizes = []
            while Connection.all.waiting:
                sizes.append(len(Connection.all.waiting))
                await asyncio.sleep(0.01)
            return set(sizes)

    assert asyncio.run(told()) >= {8, 5, 2}


def test_bytes_that_trickle_in_keep_none_open():
    async def told():
        async with serving(refuses) as port:
            links = [await open_with(port, text) for text in (b"", HALF["half of a refused body"])]

            async def trickle(writer):
                while True:
                    writer.write(b"G")
                    await asyncio.sleep(0.02)

            tasks = [asyncio.create_task(trickle(writer)) for _, writer in links]
            ends = await asyncio.gather(*(closed(reader, 10 * IDLE) for reader, _ in links))
            for task in tasks:
                task.cancel()
            return ends

    assert asyncio.run(told()) == [True, True]


def test_a_request_that_is_worked_on_has_its_time_and_one_after_the_other_too():
    async def slow(scope, receive, send):
        await asyncio.sleep(2 * IDLE)
        await answer(send)

    async def told():
        async with serving(slow) as port:
            reader, _ = await open_with(port, ASK + ASK)  # the second comes before the answer to the first
            found = [await status(reader)]
            await reader.readexactly(4)
            found.append(await status(reader))
            return found

    assert asyncio.run(told()) == [200, 200]


def test_who_does_not_read_an_answer_is_closed_in_the_end():
    async def much(scope, receive, send):
        await answer(send, b"x" * 50_000_000)

    async def told():
        async with serving(much, busy=1.0) as port:
            _, writer = await open_with(port, ASK)
            writer.transport.pause_reading()
            await asyncio.sleep(0.5)
            there = len(Connection.all.working)
            await asyncio.sleep(1.0)
            return there, len(Connection.all.working), len(Connection.all.waiting)

    assert asyncio.run(told()) == (1, 0, 0)


def test_where_there_are_too_many_the_one_that_waited_longest_goes():
    async def told():
        async with serving(hello, most=10, idle=60.0) as port:
            links = [await open_with(port) for _ in range(10)]
            await asyncio.sleep(0.1)
            reader, _ = await open_with(port, ASK)
            answered = await status(reader)
            assert await closed(links[0][0], 1) and not await closed(links[1][0], 0.1)
            return answered, len(Connection.all.waiting) + len(Connection.all.working)

    assert asyncio.run(told()) == (200, 10)


def test_where_all_have_requests_one_more_is_told_to_come_again():
    async def never(scope, receive, send):
        await asyncio.sleep(60)

    async def told():
        async with serving(never, most=3) as port:
            links = [await open_with(port, ASK) for _ in range(3)]
            await asyncio.sleep(0.2)
            reader, _ = await open_with(port, ASK)
            said = await status(reader), json.loads(await reader.read())["code"]
            return said, len(links), len(Connection.all.working)

    assert asyncio.run(told()) == ((503, "unavailable"), 3, 3)


@pytest.mark.parametrize(
    "text", [b"nonsense\r\n\r\n", b"GET /v1/users/" + b"a" * 3_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"]
)
def test_what_cannot_be_read_is_told_in_the_one_shape_and_long_ids_are_sent_to_post(text):
    async def told():
        async with serving(hello) as port:
            reader, _ = await open_with(port, text)
            return await status(reader), json.loads(await reader.read())

    code, said = asyncio.run(told())
    assert (code, said["code"]) == (400, "bad_request") and "POST /v1/score" in said["message"]
    assert [*said] == ["code", "message", "field", "row"]


@pytest.mark.parametrize(("soft", "hard", "wanted"), [(1024, 4096, 4096), (1024, -1, 65_536), (100_000, -1, 100_000)])
def test_a_process_may_open_as_many_files_as_the_system_lets_it(monkeypatch, soft, hard, wanted):
    limit = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limit[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda kind, given: limit.append(given))
    assert more_files() == wanted == limit[-1][0] and limit[-1][1] == hard


@pytest.mark.parametrize(("files", "wanted", "most"), [(65_536, 10_000, 10_000), (1024, 10_000, 424), (100, 50, 1)])
def test_there_are_never_more_connections_than_files(monkeypatch, files, wanted, most):
    monkeypatch.setattr(module, "more_files", lambda: files)
    monkeypatch.setattr(module.auto, "AutoHTTPProtocol", None)
    bound(Api(connections=wanted, idle_seconds=7))
    assert (Connection.all.most, Connection.all.idle, module.auto.AutoHTTPProtocol) == (most, 7, Connection)
    assert most < files


def test_bentomls_server_takes_its_connections_from_where_ours_are_put(monkeypatch):
    monkeypatch.setattr(module.auto, "AutoHTTPProtocol", None)
    bound(Api())
    config = uvicorn.Config(hello)  # as BentoML makes it
    config.load()
    assert config.http_protocol_class is Connection
