"""Who gets through the door, how much at once and for how long; what is told of a request and what is not."""

import asyncio
import json
import threading
import time

import duckdb
import pytest

from serving.api.guard import metrics
from serving.api.guard.deadline import stoppable
from serving.api.guard.routes import ROUTES, find
from serving.api.routes.route import OPEN

KEYS = {
    "ann": ("a-read-key", "read"),
    "bob": ("a-predict-key", "predict"),
    "cid": ("an-admin-key", "admin"),
    "dan": ("a-view-key", "view"),
    "eve": ("a-people-key", "people"),
    "fay": ("an-operate-key", "operate"),
    "gus": ("an-approve-key", "approve"),
}
OPENS = {"read": ("read", "view", "people")}  # others open their own alone
ASKED = [one for one in ROUTES.values() if one.scope is not OPEN and not one.html]  # for pages see ../sign_in
PATHS = [one.name.replace("{user_id}", "7").replace("{run}", "latest") for one in ASKED]


def verb(path):
    return find(path).methods[0]


def bearer(key):
    return [("authorization", f"Bearer {key}")]


def code(answer):
    said = json.loads(answer.body)
    assert set(said) == {"code", "message", "field", "row"}
    return answer.status, said["code"]


@pytest.mark.parametrize("path", [*PATHS, "/nowhere", "/livez/", "//livez", "/v1/../livez"])
@pytest.mark.parametrize("host", ["localhost", "x/livez?", "localhost/livez", "evil.example", "a@b", ""])
def test_without_a_key_nobody_gets_in_by_whatever_name_he_calls(door, ask, path, host):
    answer = ask(door(keys=KEYS), path, b"{}", headers=[("host", host)])
    assert answer.status in (401, 403) and code(answer)[1] in ("no_key", "wrong_host")


BAD = {
    "wrong": bearer("a-wrong-key"),
    "the hash": bearer("0" * 64),
    "malformed": [("authorization", "Basic YTpi")],
    "two": [*bearer("a-read-key"), ("x-api-key", "a-read-key")],
    "long": bearer("a" * 10_000),
    "empty": bearer(""),
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_key_is_refused_on_every_route(door, ask, path, headers):
    answer = ask(door(keys=KEYS), path, method=verb(path), headers=headers)
    assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("path", PATHS)
def test_a_key_opens_what_its_scopes_say_and_nothing_else(door, ask, path, name):
    key, scope = KEYS[name]
    wanted = find(path).scope
    answer = ask(door(keys=KEYS), path, method=verb(path), headers=bearer(key))
    assert answer.status == (200 if wanted in ("", *OPENS.get(scope, (scope,))) else 403)


@pytest.mark.parametrize(
    "path", ["/v1/users/7", "/v1/users/7/contact", "/v1/users/a/b/contact", "/v1/holdout/7", "/v1/score"]
)
def test_a_key_for_numbers_reads_of_no_user_and_is_told_which_keys_do(door, ask, path):
    answer = ask(door(keys=KEYS), path, method=verb(path), headers=bearer("a-view-key"))
    assert code(answer) == (403, "wrong_scope") and b"no scope 'people' or 'read'" in answer.body


def test_odd_hosts_are_refused_with_a_key_too(door, ask):
    for host in ("x/livez?", "a b", "a@b"):
        headers = [("host", host), *bearer("a-read-key")]
        assert code(ask(door(keys=KEYS), "/v1/model", headers=headers)) == (403, "wrong_host")
    headers = [("host", "score.example:80"), *bearer("a-read-key")]
    assert ask(door(keys=KEYS), "/v1/model", headers=headers).status == 200


def test_without_keys_only_the_loopbacks_own_names_are_answered(door, ask):
    for host in ("localhost:3000", "127.0.0.1", "[::1]:3000"):
        assert ask(door(), "/v1/model", headers=[("host", host)]).status == 200
    assert code(ask(door(), "/v1/model", headers=[("host", "evil.example")])) == (403, "wrong_host")
    for host, status in (("Score.example:1", 200), ("127.0.0.1:3000", 200), ("evil.example", 403)):  # 2: a health check
        assert ask(door(hosts=["score.example"]), "/readyz", headers=[("host", host)]).status == status


def test_without_keys_only_the_machine_itself_is_answered_wherever_it_listens(door, ask):
    for peer in ("192.0.2.7", "somebody"):
        assert code(ask(door(), "/v1/model", peer=peer)) == (403, "no_keys")
    assert ask(door(), "/v1/model", peer="::1").status == 200
    assert ask(door(keys=KEYS), "/v1/model", headers=bearer("a-read-key"), peer="192.0.2.7").status == 200


def test_what_is_not_there_is_told_to_who_has_a_key(door, ask):
    assert code(ask(door(keys=KEYS), "/nowhere", headers=bearer("a-read-key"))) == (404, "not_found")
    answer = ask(door(keys=KEYS), "/v1/score", headers=bearer("a-read-key"))
    assert code(answer) == (405, "method_not_allowed") and answer.headers["allow"] == "POST"


KINDS = [
    "application/vnd.bentoml+pickle",
    "application/x-python-pickle",
    "application/octet-stream",
    "application/vnd.bentoml.stream_outputs",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/xml",
    "APPLICATION/VND.BENTOML+PICKLE; charset=json",
    "application/json, application/vnd.bentoml+pickle",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_only_json_reaches_a_route(door, ask, path, kind):
    async def unpickle(*_):
        pytest.fail("it came through")

    answer = ask(door(unpickle), path, b"\x80\x04.", method=verb(path), headers=[("content-type", kind)])
    assert code(answer) == (415, "unsupported_media_type")


def test_json_in_disguise_is_refused_too(door, ask):
    twice = [("content-type", "application/json"), ("content-type", "application/vnd.bentoml+pickle")]
    for headers in (twice, [("content-encoding", "gzip")], [("content-type", "")]):
        assert code(ask(door(), "/v1/score", b"{}", headers=headers)) == (415, "unsupported_media_type")
    assert ask(door(), "/v1/score", b"{}", headers=[("content-type", "application/json; charset=utf-8")]).status == 200


def test_a_body_too_large_is_refused_before_and_while_it_comes(door, ask):
    one, body = door(body_mb=0.001), b"x" * 5000
    for headers in ([("content-length", "5000")], [("content-length", "5")], []):
        answer = ask(one, "/v1/score", body, headers=headers, chunk=100)
        assert code(answer) == (413, "too_large") and answer.received <= 1100
    assert ask(one, "/v1/score", body[:1000], chunk=100).body == body[:1000]


def test_too_many_at_once_are_told_to_come_back(door, asking):
    async def slow(scope, receive, send):
        await asyncio.sleep(0.1)
        await hello_again(send)

    async def all_of_them():
        one = door(slow, waiting=3)
        first = await asyncio.gather(*(asking(one, "/v1/model") for _ in range(10)))
        return first, await asking(one, "/v1/model")

    first, after = asyncio.run(all_of_them())
    assert sorted(answer.status for answer in first) == [200] * 3 + [429] * 7 and after.status == 200
    refused = next(answer for answer in first if answer.status == 429)
    assert refused.headers["retry-after"] == "1" and code(refused)[1] == "too_many_requests"


async def hello_again(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def test_who_sends_or_reads_slowly_takes_nobodys_place(door, asking):
    async def mixed():
        one = door(waiting=1, seconds=5)
        senders = [asyncio.create_task(asking(one, "/v1/score", b"[1]" * 9, chunk=3, pause=0.05)) for _ in range(20)]

        async def never_read(message):
            await asyncio.sleep(0 if message["type"].endswith("start") else 60)

        scope = {"type": "http", "method": "GET", "path": "/v1/model", "headers": [(b"host", b"localhost")]}
        readers = [asyncio.create_task(one(scope, reading, never_read)) for _ in range(20)]
        await asyncio.sleep(0.01)
        start = time.perf_counter()
        quick = [(await asking(one, "/v1/model")).status for _ in range(20)]
        took = time.perf_counter() - start
        for task in (*senders, *readers):
            task.cancel()
        return quick, took

    async def reading():
        return {"type": "http.request", "body": b"", "more_body": False}

    quick, took = asyncio.run(mixed())
    assert quick == [200] * 20 and took < 0.5


def test_work_that_takes_too_long_is_interrupted_and_its_place_free_again(door, asking):
    con, ended = duckdb.connect(), threading.Event()

    def query():
        try:
            with stoppable(con.interrupt):
                con.execute("select sum(a.range * b.range) from range(10000000) a, range(10000000) b").fetchall()
        finally:
            ended.set()

    async def app(scope, receive, send):
        if scope["path"] == "/v1/stages":
            await asyncio.to_thread(query)
        await hello_again(send)

    async def one_after_the_other():
        one = door(app, waiting=1, seconds=0.3)
        return await asking(one, "/v1/stages"), await asking(one, "/v1/model")

    start = time.monotonic()
    late, after = asyncio.run(one_after_the_other())
    assert code(late) == (504, "timeout") and after.status == 200
    assert ended.is_set() and time.monotonic() - start < 3


def test_an_answer_that_came_in_time_is_not_cut_off_by_its_own_clock(door, asking):
    async def both():
        one = door(seconds=0.1)
        answer = await asking(one, "/v1/model")
        await asyncio.sleep(0.15)
        return answer

    assert asyncio.run(both()).status == 200


@pytest.fixture
def told(capsys):
    """told(): what the log has said since."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_error_inside_is_a_plain_500_and_its_text_stays_inside(door, ask, told):
    async def broken(*_):
        raise RuntimeError("ann@example.com")

    answer = ask(door(broken), "/v1/users/ann@example.com")
    assert code(answer) == (500, "internal") and b"ann" not in answer.body
    assert told()[-1]["status"] == 500


def test_each_request_is_told_by_route_status_and_id_and_nothing_that_was_sent(door, ask, told):
    one = door(keys=KEYS)
    headers = [*bearer("a-read-key"), ("x-request-id", "from-the-caller-1")]
    answer = ask(one, "/v1/users/ann@example.com", headers=headers)
    assert answer.headers["x-request-id"] == "from-the-caller-1"
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
    (about,) = told()
    assert (about["route"], about["status"], about["key"], about["method"]) == (
        "/v1/users/{user_id}",
        200,
        "ann",
        "GET",
    )
    assert "example" not in json.dumps(about) and "a-read-key" not in json.dumps(about)
    ask(one, "/v1/model", method="ANN-EXAMPLE", headers=bearer("a-read-key"))
    assert told()[-1]["method"] == "other"


@pytest.mark.parametrize("given", ["ann@example.com", "a b", "short", "x" * 65, "line\nbreak", "{}"])
def test_an_id_that_might_say_something_is_replaced(door, ask, given):
    made = ask(door(), "/v1/model", headers=[("x-request-id", given)]).headers["x-request-id"]
    assert made != given and len(made) == 32


def test_the_probes_fill_no_log(door, ask, told):
    ask(door(), "/livez")
    assert told() == []


def test_requests_are_counted_by_route_and_status(door, ask):
    def count():
        return metrics.REQUESTS.labels("/v1/stages/flow", 200)._value.get()

    before = count()
    ask(door(), "/v1/stages/flow")
    assert count() == before + 1
    page = ask(door(keys=KEYS), "/metrics", headers=bearer("an-admin-key"))
    assert page.status == 200 and b"holdfast_requests_total" in page.body


def test_websockets_are_closed_and_the_lifespan_passes(door):
    sent, seen = [], []

    async def app(scope, *_):
        seen.append(scope["type"])

    async def send(message):
        sent.append(message["type"])

    asyncio.run(door(app)({"type": "websocket", "path": "/"}, None, send))
    asyncio.run(door(app)({"type": "lifespan"}, None, send))
    assert sent == ["websocket.close"] and seen == ["lifespan"]
