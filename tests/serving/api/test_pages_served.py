"""The pages of the real service: what a form brings gets through BentoML to its page, and no page of numbers tells of a
user."""

import re
from urllib.parse import parse_qs

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route as Served

from serving.api.guard import routes
from serving.api.pages.table import PAGES
from serving.api.routes.route import OPEN, POST, VIEW, Route, may

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def posting(inside, monkeypatch):
    """A page beside the others that tells what it was sent."""
    from serving.api.service import READS

    async def echo(request):
        return PlainTextResponse(await request.body())

    monkeypatch.setitem(routes.ROUTES, "/ui/echo", Route("/ui/echo", POST, VIEW, "", html=True))
    READS.routes.insert(0, Served("/ui/echo", echo, methods=["POST"]))
    yield inside.client
    del READS.routes[0]


def test_a_form_reaches_its_page_from_our_own_pages_alone(posting):
    body = {"name": "忠诚 & <b>", "one": ["1", "2"]}
    answer = posting.post("/ui/echo", data=body, headers=OWN)
    assert (answer.status_code, parse_qs(answer.text)) == (200, {"name": ["忠诚 & <b>"], "one": ["1", "2"]})
    assert posting.post("/ui/echo", data=body).status_code == 403


def test_an_error_in_a_page_is_a_page(posting, monkeypatch):
    answer = posting.get("/ui/echo")
    assert answer.status_code == 405 and "<h1>" in answer.text and answer.headers["x-frame-options"] == "DENY"
    assert posting.get("/ui/static/nothing.css").headers["content-type"].startswith("text/html")
    assert posting.get("/ui/static/style.css").headers["content-type"].startswith("text/css")


NUMBERS = [one for one in PAGES if one.scope is not OPEN and may(("view",), one.scope) and one.verb == "GET"]


@pytest.mark.parametrize("route", NUMBERS, ids=lambda one: one.name)
def test_a_page_of_numbers_tells_of_no_user_to_who_may_see_numbers_alone(route, inside, rows, monkeypatch):
    from serving.api.pages import view as module
    from serving.api.service import READS

    whole = module.view_of
    monkeypatch.setattr(
        module, "view_of", lambda *given: module.replace(whole(*given), who=module.Who("ann", ("view",)))
    )
    assert READS.state.live.current().snapshot
    answer = inside.client.get(re.sub(r"\{[^}]+\}", "latest", route.example))
    ids = {str(row["user_id"]) for row in rows}
    assert not re.findall(r'/ui/users/[^"?]+', answer.text)
    cells = {text.strip() for text in re.findall(r">([^<>]+)<", answer.text)}
    assert not {one for one in ids & cells if len(one) > 4}, "ids stand in it"
