"""The guard and the service together: every route of the app is known to it, and a real server holds against what is
sent to harm it."""

import json
import socket
import time
from contextlib import ExitStack, suppress
from threading import Thread

import httpx
import psutil
import pytest
from starlette.routing import Mount, Route

from serving.api.guard.routes import ROUTES, find
from serving.api.routes import get_routes
from serving.client import ApiError, Client

BENTOMLS = ("/", "/static_content/{file}")  # its page to try requests on, which loads a foreign script: not served


def test_every_route_of_the_service_is_known_to_the_guard():
    from serving.api.service import READS, Holdfast

    found = set()
    for app in (Holdfast.to_asgi(), READS):
        for route in app.routes:
            if isinstance(route, Route):
                found |= {(route.path, method) for method in route.methods}
            elif isinstance(route, Mount) and route.path:
                found.add((f"{route.path}/{{file}}", "GET"))
    known = {(get_routes.path(one), method) for one in ROUTES.values() for method in one.methods}
    known |= {(one, method) for one in BENTOMLS for method in ("GET", "HEAD")}
    assert found - known == set() and {name for name, _ in found} > {"/v1/score", "/v1/predict", "/docs.json"}


def test_a_client_is_answered_with_its_key_and_not_without(server, wanted):
    user = wanted[0]["user_id"]
    with Client(server.url, server.key) as client:
        assert client.score([user])["users"][0]["user_id"] == user
        assert client.user(user)["user"]["user_id"] == user
    with Client(server.url, "another") as client, pytest.raises(ApiError, match="401 wrong_key"):
        client.score([user])


def send(server, text, seconds=20):
    """The status of what a server answers to these bytes, whatever they are."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as link:
        with suppress(OSError):  # it has said enough and hung up
            link.sendall(text)
        return int(link.makefile("rb").readline().split()[1])


CURIOUS = {
    "a whole address": b"GET http://localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a host with a path": b"GET /metrics HTTP/1.1\r\nHost: x/livez?\r\n\r\n",
    "two hosts": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n",
    "an escaped path": b"GET /%6Cive%7A/../metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a path above": b"GET /livez/..;/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an old method": b"GET /metrics HTTP/1.0\r\n\r\n",
    "another path by header": b"GET /livez/ HTTP/1.1\r\nHost: localhost\r\nX-Original-URL: /metrics\r\n\r\n",
}


@pytest.mark.parametrize("text", CURIOUS.values(), ids=CURIOUS.keys())
def test_no_way_of_asking_goes_around_the_key(server, text):
    assert send(server, text) in (400, 401, 403)


def test_the_metrics_and_the_schema_of_bentoml_are_for_admins_alone(server):
    for path in ("/metrics", "/docs.json", "/schema.json", "/healthz"):
        assert send(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) == 401
        assert server.ask(path)[0] == 200


def test_bentomls_page_with_its_foreign_script_is_served_to_nobody(inside, server):
    for path in ("/", "/index.html", "/static_content/index.css", "/static_content/swagger-ui.css"):
        for asked in (inside, server):
            status, answer = asked.ask(path)
            assert (status, answer["code"]) == (404, "not_found")


def test_a_body_whose_end_can_be_read_in_two_ways_is_refused_and_what_follows_is_no_request(server):
    head = f"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
    both = "Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        link.sendall((head + both + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").encode())
        said = link.makefile("rb").read()
    assert said.startswith(b"HTTP/1.1 400") and said.count(b"HTTP/1.1") == 1 and b"two_lengths" in said


def test_a_large_hostile_body_is_refused_in_bounded_memory_while_others_are_answered(server, wanted):
    process, parts = worker(server), b",".join(b'"%d": []' % n for n in range(200_000))
    body = b'{"rows": [{' + parts + b"}]}"
    head = f"POST /v1/predict_features HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    before, over, most = process.memory_info().rss, [], 0
    thread = Thread(target=lambda: over.append(send(server, head.encode() + body, 60)))
    thread.start()
    while thread.is_alive():
        assert server.ask("/v1/score", {"user_ids": [wanted[0]["user_id"]]})[0] == 200
        most = max(most, process.memory_info().rss)
    assert over == [400] and most - before < 150e6


def test_connections_that_ask_nothing_keep_nobody_waiting(server):
    with ExitStack() as links:
        for _ in range(500):
            links.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        assert send(server, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200
        end = time.monotonic() + 40
        process = worker(server)
        while process.num_fds() > 400:  # a base of so few files has far fewer
            assert time.monotonic() < end, "they were not closed"
            time.sleep(0.2)


def test_the_worker_may_open_as_many_files_as_the_system_lets_it(server):
    soft, hard = worker(server).rlimit(psutil.RLIMIT_NOFILE)
    assert soft == min(hard, 65_536) if hard > 0 else soft >= 65_536


def worker(server):
    (one,) = [
        child
        for child in psutil.Process(server.process.pid).children(recursive=True)
        if "_bentoml_impl.worker.service" in " ".join(child.cmdline())
    ]
    return one


def test_bodies_too_large_or_too_deep_take_no_memory(server):
    process = worker(server)
    head = (
        f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
    before = process.memory_info().rss
    for _ in range(5):
        chunked = b"Transfer-Encoding: chunked\r\n\r\n" + b"100000\r\n" + b"[" * 0x100000 + b"\r\n"
        assert send(server, head + b"Content-Length: 24000000\r\n\r\n" + b"[" * 24_000_000) == 413
        assert send(server, head + chunked + chunked[30:] * 23 + b"0\r\n\r\n") == 413
        assert send(server, head + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000) == 400
    assert process.memory_info().rss - before < 100e6


def test_what_was_answered_is_counted(server, wanted, ready):
    def counts():
        lines = server.ask("/metrics")[1].splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    before = counts()
    server.ask("/v1/score", {"user_ids": [row["user_id"] for row in wanted] + ["nobody"]})
    server.ask("/v1/users/nobody")
    server.ask("/v1/predict_features", {"rows": [ready[0][0] | {"plan": "never seen"}]})
    after = counts()

    def more(name):
        return after[name] - before.get(name, 0)

    assert more("holdfast_unknown_users_total") == 2 and more('holdfast_unseen_categories_total{feature="plan"}') == 1
    assert more('holdfast_churn_risk_count{route="/v1/score"}') == sum(row["eligible"] for row in wanted)
    assert more('holdfast_requests_total{route="/v1/users/{user_id}",status="404"}') == 1
    assert {value for name, value in after.items() if name.startswith("holdfast_model_info")} == {1}


def test_planted_addresses_are_in_no_answer_log_or_metric(server, base):
    names = base.model.bundle.features
    ways = [
        lambda plant: ("/v1/score", {"user_ids": [{"mail": plant}]}),
        lambda plant: ("/v1/score", {plant: [1]}),
        lambda plant: ("/v1/predict_features", {"rows": [dict.fromkeys(names, plant)]}),
        lambda plant: ("/v1/predict_features", {"rows": [{plant: 1.0}]}),
        lambda plant: ("/v1/predict", {"users": [{"user_id": 1, plant: []}]}),
        lambda plant: ("/v1/predict", {"users": [{"user_id": 1, "orders": [{"time": plant, "amount": 1.0}]}]}),
        lambda plant: ("/v1/predict", {"users": [{"user_id": 1, "orders": [{"time": plant, "amount": plant}]}]}),
        lambda plant: ("/v1/predict", {"users": [{"user_id": 1}], "as_of": plant}),
        lambda plant: (f"/v1/users/{plant}", None),
        lambda plant: (f"/v1/{plant}", None),
        lambda plant: (f"/v1/stages/flow?from={plant}", None),
    ]
    answers = []
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=30) as client:
        for number in range(1000):
            path, body = ways[number % len(ways)](f"planted-{number}@example.com")
            answer = client.get(path) if body is None else client.post(path, json=body)
            answers.append((answer.status_code, answer.text))
    assert {status for status, _ in answers} <= {200, 400, 404, 503}
    assert "planted" not in "".join(answer for _, answer in answers)
    time.sleep(0.2)
    assert "planted" not in server.log.read_text() and "planted" not in server.ask("/metrics")[1]
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert {line["route"] for line in lines if line["message"] == "request"} <= {*ROUTES, "other"}
    assert find("/v1/planted@example.com").name == "other"
