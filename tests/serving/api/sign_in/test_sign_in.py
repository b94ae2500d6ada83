"""Signing in, staying in and out: with a right key alone, back to our own pages alone, and not too often."""

import asyncio
import json
from datetime import date

import pytest

from serving.api.guard import logs
from serving.api.sign_in import sign_in
from serving.api.sign_in.attempts import MOST
from serving.api.sign_in.sign_in import safe
from tests.serving.api.doors import call, make


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """A wrong key is answered without the pause."""
    monkeypatch.setattr(sign_in, "PAUSE", 0)


@pytest.fixture
def enter(ask, form):
    """enter(door, key, …): the form, sent."""
    return lambda door, key, more="", headers=(), **how: ask(
        door, "/ui/login", f"key={key}{more}".encode(), headers=[*form, *headers], **how
    )


def test_a_right_key_gives_a_cookie_that_scripts_and_other_sites_and_the_api_never_get(door, enter, keys):
    answer = enter(door(keys=keys), keys["ann"][0], "&next=%2Fui%2Fusers%3Fq%3D1")
    value, *about = answer.headers["set-cookie"].split("; ")
    assert (answer.status, answer.headers["location"]) == (303, "/ui/users?q=1")
    assert set(about) == {"HttpOnly", "SameSite=lax", "Path=/ui", "Max-Age=28800"}
    assert value.startswith("holdfast_session=") and keys["ann"][0] not in answer.headers["set-cookie"]


def test_off_this_machine_the_cookie_goes_over_https_alone_and_a_form_over_http_is_refused(door, enter, keys):
    one, key = door(keys=keys), keys["ann"][0]
    there = [("host", "shop.example"), ("origin", "https://shop.example")]
    assert "Secure" in enter(one, key, headers=there).headers["set-cookie"].split("; ")
    answer = enter(one, key, headers=[("host", "shop.example"), ("origin", "http://shop.example")])
    assert answer.status == 403 and b"https only" in answer.body and "set-cookie" not in answer.headers


@pytest.mark.parametrize("key", ["", "wrong", "a" * 42, "a" * 600, "%00", "%E5%AF%86", "a+b", "&key="])
def test_a_wrong_key_gives_none_and_a_page_that_never_quotes_it(door, enter, keys, key):
    answer = enter(door(keys=keys), key, "&next=/ui/users")
    assert answer.status == 401 and "set-cookie" not in answer.headers
    assert b'value="/ui/users"' in answer.body and b"not known here" in answer.body and b"wrong<" not in answer.body


def test_an_ended_key_is_told_so(door, enter, keys):
    answer = enter(door(keys=keys, until=date(2026, 1, 31)), keys["ann"][0])
    assert answer.status == 401 and b"last day is over" in answer.body


def test_after_too_many_wrong_keys_an_address_waits_and_others_do_not(door, enter, keys):
    one, key = door(keys=keys), keys["ann"][0]
    assert [enter(one, "wrong").status for _ in range(MOST)] == [401] * MOST
    late = enter(one, key)
    assert late.status == 429 and 0 < int(late.headers["retry-after"]) <= 60 and "set-cookie" not in late.headers
    assert enter(one, key, peer="127.0.0.2").status == 303


def test_the_log_knows_who_signed_in_and_that_somebody_failed_but_no_key(door, enter, keys, capsys, monkeypatch):
    monkeypatch.setattr(logs._OUT, "given", None)  # to standard output, wherever other tests sent it
    one = door(keys=keys)
    enter(one, keys["ann"][0])
    enter(one, "a-wrong-key")
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(one["message"], one.get("key")) for one in lines] == [
        ("request", "ann"),
        ("a sign-in failed", None),
        ("request", ""),
    ]
    assert keys["ann"][0] not in text and "a-wrong-key" not in text


GOOD = ["/ui", "/ui/users", "/ui?lang=zh", "/ui/list?stage=at_risk&from=%E5%BF%A0", "/ui/users/a%2Fb?next=//x"]
BAD = [
    "",
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "/ui\\evil",
    "/uix",
    "/v1/model",
    "ui",
    "/ui//evil",
]
BAD += [
    "/ui/../v1/model",
    "/ui/a\r\nSet-Cookie: x=1",
    "/ui/é",
    "/ui/" + "a" * 2000,
    "javascript:alert(1)",
    "/ui@evil.example",
]
BAD += ["/ui/login", "/ui/logout", "/ui/login?next=/ui/login", " /ui", "/ui\n", "/ui\t/x"]


@pytest.mark.parametrize("address", GOOD)
def test_one_comes_back_to_the_page_that_was_asked_for(address):
    assert safe(address) == address


@pytest.mark.parametrize("address", BAD)
def test_one_is_sent_to_no_other_place(address, ask, form, keys):
    from urllib.parse import urlencode

    assert safe(address) == "/ui"
    body = urlencode({"key": keys["ann"][0], "next": address}).encode()
    assert ask(make(keys=keys), "/ui/login", body, headers=form).headers["location"] == "/ui"


def test_a_reader_without_a_cookie_is_asked_for_a_key_and_then_sees_the_page(door, ask, keys):
    one = door(keys=keys)
    for path in ("/ui", "/ui/nowhere?stage=a&lang=zh", "/ui/users/忠"):
        answer = ask(one, path)
        assert answer.status == 303
        page = ask(one, answer.headers["location"])
        wanted = {"/ui/users/忠": "/ui/users/%E5%BF%A0"}.get(path, path).replace("&", "&amp;")
        assert page.status == 200 and f'name="next" value="{wanted}"'.encode() in page.body


def test_signing_out_takes_the_cookie_away_and_needs_our_own_page(door, ask, form, signed, keys):
    one = door(keys=keys)
    cookie = signed(one, "ann")
    answer = ask(one, "/ui/logout", b"", "POST", headers=[*form, *cookie])
    assert (answer.status, answer.headers["location"]) == (303, "/ui/login")
    assert 'holdfast_session=""' in answer.headers["set-cookie"] and "Max-Age=0" in answer.headers["set-cookie"]
    assert ask(one, "/ui/logout", b"", "POST", headers=[form[1], *cookie]).status == 403
    assert ask(one, "/ui/logout", headers=cookie).status == 405


def test_where_nobody_has_a_key_there_is_nothing_to_sign_in_with(door, ask):
    assert ask(door(), "/ui/login").headers["location"] == "/ui"


def test_the_form_speaks_the_readers_language_and_remembers_it(door, ask, keys):
    page = ask(door(keys=keys), "/ui/login?lang=zh&next=/ui/users")
    assert "您的密钥".encode() in page.body and "holdfast_lang=zh" in page.headers["set-cookie"]
    assert b"lang=en&amp;next=%2Fui%2Fusers" in page.body


def test_many_wrong_keys_at_once_hold_up_nobody(door, keys, form, monkeypatch):
    monkeypatch.setattr(sign_in, "PAUSE", 0.3)

    async def mixed():
        one = door(keys=keys, waiting=1)
        wrong = [asyncio.create_task(call(one, "/ui/login", b"key=x", headers=form)) for _ in range(MOST)]
        await asyncio.sleep(0.05)
        quick = await asyncio.wait_for(call(one, "/ui/login", headers=[]), 0.2)
        return quick.status, {answer.status for answer in await asyncio.gather(*wrong)}

    assert asyncio.run(mixed()) == (200, {401})
