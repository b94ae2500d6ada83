"""A page that was made is answered again to the same reader, and made anew where what it shows may have changed."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from starlette.responses import HTMLResponse

from serving.api.pages.audit import FILE, audit
from serving.api.pages.kept import forget, kept
from serving.api.pages.view import Who


@pytest.fixture
def counting():
    """A kept handler, and how often it was asked."""
    forget()
    asked = []

    def handler(view):
        asked.append(view)
        return HTMLResponse(f"page {len(asked)}", 200 if view.query("bad") == "" else 404)

    yield kept(handler), asked
    forget()


def of(view, **more):
    query = "&".join(f"{key}={value}" for key, value in view.request.query_params.items())
    request = SimpleNamespace(**vars(view.request) | {"url": SimpleNamespace(path="/ui", query=query)})
    return replace(view, request=request, **more)


def test_the_same_page_of_the_same_reader_is_made_once(view, counting):
    handler, asked = counting
    assert [handler(of(view())).body for _ in range(2)] == [b"page 1"] * 2
    others = [of(view(), who=Who("somebody", ("view",))), of(view(), language="zh"), of(view(all="1"))]
    assert [handler(one).body for one in others] == [b"page 2", b"page 3", b"page 4"] and len(asked) == 4


def test_what_is_live_or_in_the_store_now_is_shown(view, counting, store):
    handler, _ = counting
    handler(of(view()))
    current = replace(view().current)
    assert handler(of(view(), current=current)).body == b"page 2"
    folder = store.config.store_path / "snapshots" / "another"
    folder.mkdir()
    try:
        assert handler(of(view(), current=current)).body == b"page 3"
    finally:
        folder.rmdir()


def test_an_error_and_a_choice_of_language_are_never_kept(view, counting):
    handler, asked = counting
    for given in ({"bad": "1"}, {"lang": "zh"}):
        before = len(asked)
        handler(of(view(**given)))
        handler(of(view(**given)))
        assert len(asked) == before + 2


def test_who_looked_is_noted_each_time_also_of_a_page_that_is_kept(view, store):
    forget()

    def handler(view):
        audit(view, "list opened", 7, filter={"stage": "at_risk"})
        return HTMLResponse("a list")

    of_list, file = kept(handler), store.config.store_path / FILE
    before = len(file.read_text().splitlines()) if file.exists() else 0
    assert of_list.again(of(view())) is None
    of_list(of(view()))
    assert of_list.again(of(view(), who=Who("lin", ("people",)))) is None  # another reader
    assert of_list.again(of(view())).body == b"a list"
    lines = [json.loads(line) for line in file.read_text().splitlines()[before:]]
    noted = [(one["what"], one["count"], one["filter"]) for one in lines]
    assert noted == [("list opened", 7, {"stage": "at_risk"})] * 2
    forget()


def test_a_page_whose_marks_say_that_it_may_change_is_made_anew(view):
    asked = []
    of_runs = kept(lambda view: asked.append(1) or HTMLResponse("runs"), lambda view: None)
    assert [of_runs(of(view())).body for _ in range(2)] == [b"runs"] * 2 and len(asked) == 2
    assert of_runs.again(of(view())) is None
