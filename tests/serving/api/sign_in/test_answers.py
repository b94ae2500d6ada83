"""Every answer under /ui bounds what the browser may load, and every error is a page that quotes nothing."""

import asyncio

from serving.api.guard import refusals
from serving.api.guard.refusals import Refusal
from serving.api.sign_in.answers import POLICY

CODES = [one for one in vars(refusals).values() if isinstance(one, Refusal)]


def is_page(answer, status):
    return (
        answer.status == status
        and answer.headers["content-type"].startswith("text/html")
        and b"<h1>That did not work</h1>" in answer.body
        and int(answer.headers["content-length"]) == len(answer.body)
    )


def dressed(answer):
    usual = {"x-content-type-options": "nosniff", "cache-control": "no-store"} | POLICY
    return {name: answer.headers.get(name) for name in usual} == usual and "x-request-id" in answer.headers


def test_the_policy_lets_no_script_run_and_nothing_come_from_elsewhere():
    policy = dict(one.split(" ", 1) for one in POLICY["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == policy["form-action"] == "'self'" and policy["img-src"] == "'self' data:"


async def broken(*_):
    raise RuntimeError("ann@example.com")


def answering(status, kind):
    async def app(scope, receive, send):
        headers = [(b"content-type", kind), (b"content-length", b"3"), (b"x-of-bentoml", b"1")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ann", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


async def slow(*_):
    await asyncio.sleep(60)


def test_every_error_on_the_way_to_a_page_is_a_page(door, ask, form, signed, keys):
    one, cookie = door(keys=keys), signed(door(keys=keys), "ann")
    asked = {
        "a page that is not there": (404, ask(one, "/ui/ann@example.com", headers=cookie)),
        "a form without a key": (401, ask(one, "/ui", b"a=ann@example.com", headers=form)),
        "a wrong key": (401, ask(one, "/ui", headers=[("x-api-key", "ann@example.com")])),
        "the wrong method": (405, ask(one, "/ui", b"a=1", headers=[*form, *cookie])),
        "a foreign form": (403, ask(one, "/ui/login", b"key=ann@example.com", headers=[form[1]])),
        "json": (415, ask(one, "/ui/login", b"{}", headers=[form[0]])),
        "too much": (413, ask(one, "/ui/login", b"a" * 70_000, headers=form)),
        "a wrong host": (403, ask(one, "/ui", headers=[("host", "ann@example.com")])),
        "two lines": (400, ask(one, "/ui/static/a\nann@example.com")),
        "a failure": (500, ask(door(broken), "/ui")),
        "a text of the app": (404, ask(door(answering(404, b"text/plain")), "/ui/static/x.css")),
        "json of the app": (503, ask(door(answering(503, b"application/problem+json")), "/ui")),
        "the start": (503, ask(door(ready=(False, {})), "/ui")),
        "too late": (504, ask(door(slow, seconds=0.05), "/ui")),
        "too many": (429, ask(door(waiting=1, keys=keys, app=answering(429, b"text/plain")), "/ui", headers=cookie)),
        "from elsewhere without keys": (403, ask(door(), "/ui", peer="192.0.2.7")),
    }
    assert [what for what, (status, answer) in asked.items() if not is_page(answer, status)] == []
    assert [what for what, (_, answer) in asked.items() if not dressed(answer)] == []
    assert [what for what, (_, answer) in asked.items() if b"ann" in answer.body.replace(b"cannot", b"")] == []
    assert asked["the wrong method"][1].headers["allow"] == "GET, HEAD"


def test_a_page_passes_as_it_is_with_the_headers_and_so_does_an_error_page_of_its_own(door, ask):
    for status in (200, 404):
        answer = ask(door(answering(status, b"text/html; charset=utf-8")), "/ui")
        assert (answer.status, answer.body) == (status, b"ann") and dressed(answer)


def test_a_style_sheet_is_kept_and_asked_for_again_and_needs_no_key(door, ask, keys):
    answer = ask(door(answering(200, b"text/css"), keys=keys), "/ui/static/style.css")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == POLICY["content-security-policy"]


def test_errors_speak_the_readers_language(door, ask, signed, keys):
    one = door(keys=keys)
    cookie = signed(one, "ann")[0][1]
    for headers in ([("cookie", cookie), ("accept-language", "zh-CN")], [("cookie", f"{cookie}; holdfast_lang=zh")]):
        answer = ask(one, "/ui/nowhere", headers=headers)
        assert answer.status == 404 and "没有这个页面".encode() in answer.body


def test_an_error_has_no_body_for_who_asks_for_the_head(door, ask, keys):
    answer = ask(door(answering(404, b"text/plain")), "/ui", method="HEAD")
    assert answer.status == 404 and answer.body == b""


def test_who_lacks_a_right_is_told_which(door, ask, signed, keys):
    one = door(keys=keys)
    answer = ask(one, "/ui", headers=signed(one, "bob"))
    assert is_page(answer, 403) and b"view / read" in answer.body


def test_the_api_answers_programs_as_before(door, ask, keys):
    answer = ask(door(keys=keys), "/v1/model")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" not in answer.headers
