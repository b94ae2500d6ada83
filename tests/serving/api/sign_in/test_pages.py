"""Who may open which page, by which method and which way: for every page of the table, today's and tomorrow's."""

import re
from datetime import date

import pytest

from serving.api.pages.table import PAGES
from serving.api.pages.view import WHO
from serving.api.routes.route import OPEN, may

ROUTES = [one for one in PAGES if one.scope is not OPEN]


def path(route):
    return re.sub(r"\{[^}]+\}", "7", route.example.partition("?")[0])


def ids(route):
    return route.name


@pytest.fixture
def seen():
    """An app that notes who came, as the pages learn it."""
    found = []

    async def app(scope, receive, send):
        found.append(scope[WHO])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app.found = found
    return app


def body(route, method):
    return b"a=1" if method == "POST" else b""


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_page_opens_by_cookie_or_key_to_who_has_its_scope_and_to_nobody_else(
    route, door, ask, signed, form, seen, keys
):
    one = door(seen, keys=keys)
    for name, (key, *scopes) in keys.items():
        for way in (signed(one, name), [("authorization", f"Bearer {key}")]):
            for method in route.methods:
                answer = ask(
                    one, path(route), body(route, method), method, headers=[*form[: 2 * (method == "POST")], *way]
                )
                assert answer.status == (200 if may(scopes, route.scope) else 403), (name, method)
                if answer.status == 200:
                    assert (seen.found[-1].name, set(seen.found[-1].scopes)) == (name, set(scopes))


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_without_a_key_a_page_leads_to_the_form_and_a_form_to_nothing(route, door, ask, form, seen, keys):
    for method in route.methods:
        answer = ask(door(seen, keys=keys), path(route), body(route, method), method, headers=form)
        assert answer.status == (401 if method == "POST" else 303)
    assert seen.found == []


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_no_other_method_does(route, door, ask, signed, form, seen, keys):
    one = door(seen, keys={"all": ("k" * 43, "read", "operate", "approve", "admin")})
    way = [("authorization", f"Bearer {'k' * 43}")]
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {*route.methods}:
        assert ask(one, path(route), b"", method, headers=[*form, *way]).status == 405
    assert seen.found == []


POSTS = [one for one in PAGES if "POST" in one.methods]


@pytest.mark.parametrize("route", POSTS, ids=ids)
@pytest.mark.parametrize("came", ["", "cross-site", "same-site", "none", "origin"])
def test_a_form_of_another_site_does_nothing_whoever_is_signed_in(route, came, door, ask, signed, form, seen, keys):
    everything = {"all": ("a" * 43, "read", "operate", "approve", "admin")}
    one = door(seen, keys=everything)
    way = signed(one, "ann")  # of the same key
    headers = [("origin", "https://evil.example")] if came == "origin" else [("sec-fetch-site", came)] if came else []
    answer = ask(one, path(route), b"a=1", headers=[form[1], *headers, *way])
    assert answer.status == 403 and "set-cookie" not in answer.headers and seen.found == []


def test_a_cookie_of_an_ended_key_of_another_store_or_of_another_name_opens_nothing(door, ask, signed, seen, keys):
    ann = signed(door(keys=keys), "ann")
    assert ask(door(seen, keys=keys), "/ui", headers=ann).status == 200
    refusing = (
        door(seen, keys=keys, secret=b"another"),
        door(seen, keys=keys, until=date(2026, 1, 31)),
        door(seen, keys={name: key for name, key in keys.items() if name != "ann"}),
        door(seen, keys=keys | {"ann": ("z" * 43, "read")}),
    )
    assert [ask(one, "/ui", headers=ann).status for one in refusing] == [303] * 4 and len(seen.found) == 1


def test_the_cookie_opens_nothing_of_the_api(door, ask, signed, keys):
    one = door(keys={"ann": (keys["ann"][0], "read", "predict", "admin")})
    for where in ("/v1/model", "/v1/users/7", "/metrics", "/v1/openapi.json", "/docs.json"):
        assert ask(one, where, headers=signed(one, "ann")).status == 401


def test_without_keys_this_machine_alone_sees_the_pages_with_every_right(door, ask, seen):
    assert ask(door(seen), "/ui").status == 200
    assert seen.found[0].name == "" and {"view", "people", "operate", "approve"} <= set(seen.found[0].scopes)
    assert ask(door(seen), "/ui", peer="192.0.2.7").status == 403
    assert ask(door(seen), "/ui", headers=[("host", "evil.example")]).status == 403


def test_where_the_last_key_was_taken_out_nobody_sees_the_pages(ask, seen):
    from serving.api.guard.gateway import Door
    from serving.api.guard.rules import Rules
    from serving.api.sign_in.sessions import Sessions

    one = Door(seen, lambda: Rules((), None, 9, 9, 1000), lambda: (True, {}), lambda: Sessions(b"a secret"))
    assert ask(one, "/ui").status == 303 and seen.found == []


def test_an_address_that_ends_in_a_slash_leads_to_the_first_page(door, ask, signed, keys):
    one = door(keys=keys)
    assert ask(one, "/ui/", headers=signed(one, "ann")).headers["location"] == "/ui"
