"""Pages without a menu are whole and in the reader's language, and every error has words in both."""

import pytest
from starlette.requests import Request

from serving.api.contract.codes import LIST
from serving.api.pages.catalogue import catalogue
from serving.api.pages.plain import plain

BY_PROGRAMS = {"too_deep", "invalid", "unsupported_media_type"}  # codes that no page answers


def request(query="", headers=()):
    return Request({"type": "http", "method": "GET", "path": "/ui", "query_string": query.encode(), "headers": headers})


def test_every_code_that_a_page_may_answer_has_words_for_people():
    assert {one.name for one in LIST} - BY_PROGRAMS <= {key.removeprefix("errors.") for key in catalogue()}


def test_what_is_given_stays_text():
    page = plain(request(), "error.html", 404, why="<script>alert(1)</script>", sign_in=False)
    assert page.status_code == 404 and b"<script" not in page.body and b"&lt;script&gt;" in page.body


@pytest.mark.parametrize(("query", "lang"), [("", "en"), ("lang=zh", "zh-CN"), ("lang=<x>", "en")])
def test_the_language_is_said_and_remembered_where_it_was_chosen(query, lang):
    page = plain(request(query), "error.html", why="", sign_in=True)
    assert f'<html lang="{lang}">'.encode() in page.body and b'href="/ui/login"' in page.body
    assert ("set-cookie" in page.headers) == (query == "lang=zh")
