"""The table of routes is what is served, guarded, described and asked by the client, and its examples are answered."""

import inspect
import re
from dataclasses import replace

import pytest
from starlette.routing import Route as Served

from serving.api.guard.routes import ROUTES, find
from serving.api.pages.table import PAGES
from serving.api.routes.get_routes import path
from serving.api.routes.route import ADMIN, ANY, APPROVE, OPEN, OPERATE, PEOPLE, PREDICT, VIEW, is_page
from serving.api.routes.table import API, GETS, POSTS, PROBES
from serving.api.routes.table import ROUTES as TABLE
from serving.client import Client

NO_CLIENT_METHOD = {"/v1/openapi.json"}  # read by generators of clients, not by this one
NO_CLIENT_CALL = {"close"}


def test_starlette_and_bentoml_serve_the_tables_routes_and_no_other(inside):
    from serving.api.service import READS, Holdfast

    assert {(route.path, frozenset(route.methods)) for route in READS.routes if isinstance(route, Served)} == {
        (path(one), frozenset(one.methods)) for one in (*GETS, *PAGES) if one.handler
    }
    posts = {api.route: api for api in Holdfast.apis.values()}
    assert set(posts) == {one.name for one in POSTS}
    for one in POSTS:  # BentoML makes a descriptor of its own of the answer's model
        assert posts[one.name].input_spec is one.takes and issubclass(posts[one.name].output_spec, one.gives)
    assert set(READS.state.methods) == {one.name for one in POSTS}


def test_no_route_in_numbers_answers_with_a_user():
    told = {one.name: one.gives.model_json_schema() for one in API if one.scope == VIEW}
    assert len(told) >= 5 and [name for name, schema in told.items() if "user_id" in str(schema)] == []


def test_each_route_stands_once_and_is_found_by_its_path():
    assert len(ROUTES) == len(TABLE)
    assert all(find(one.example.partition("?")[0]) is one for one in API)


def test_whoever_may_ask_is_as_designed():
    scopes = {one.name: one.scope for one in TABLE if not one.html}
    assert {name for name, scope in scopes.items() if scope is OPEN} == {"/livez", "/readyz"}
    pages = {one.name: one.scope for one in PAGES}
    sign_in = {"/ui/login", "/ui/login/oidc", "/ui/login/oidc/back", "/ui/logout"}
    assert {name for name, scope in pages.items() if scope is OPEN} == {*sign_in, "/ui/static/{file}"}
    assert {*pages.values()} <= {OPEN, VIEW, PEOPLE, OPERATE, APPROVE} and all(is_page(name) for name in pages)
    assert {name for name, scope in scopes.items() if scope == ANY} == {"/v1/openapi.json"}
    assert {name for name, scope in scopes.items() if scope == PREDICT} == {"/v1/predict", "/v1/predict_features"}
    of_users = {"/v1/score", "/v1/users/{user_id}", "/v1/users/{user_id}/contact", "/v1/holdout/{user_id}"}
    of_users.add("/v1/boards/top")
    assert {name for name, scope in scopes.items() if scope == PEOPLE} == of_users
    others = {"/v1/openapi.json", *scopes_of(PREDICT), *of_users}
    assert all(one.scope == VIEW for one in API if one.name not in others)
    assert all(one.scope == ADMIN for one in TABLE if one not in API and one not in PROBES and not one.html)


def scopes_of(scope):
    return [one.name for one in API if one.scope == scope]


def test_every_route_has_a_method_of_the_client_or_is_named_as_having_none():
    assert {one.name for one in API if not one.client} == NO_CLIENT_METHOD
    methods = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert sorted(one.client for one in API if one.client) == sorted(methods - NO_CLIENT_CALL)


@pytest.mark.parametrize("route", [one for one in API if one.client], ids=lambda one: one.name)
def test_the_clients_method_asks_the_route_it_is_named_for(route):
    source = inspect.getsource(getattr(Client, route.client))
    verb, path = re.search(r'_ask\("(\w+)", f?"([^"?]+)', source).groups()
    assert verb == route.verb and find(re.sub(r"\{.+\}", "1", path)) is route


@pytest.mark.parametrize("route", API, ids=lambda one: one.name)
def test_every_example_is_answered(route, inside, base, planned):
    body = route.body(base.model.bundle.features) if route.body else None
    if body and "as_of" in body:
        body = {**body, "as_of": "2026-01-31"}  # the base's logs end before the example's date
    status, answer = inside.ask(route.example, body)
    if route.client == "flow":  # the base has one snapshot, and the example wants one of an earlier date
        assert (status, answer["code"]) == (404, "no_snapshot_before")
    else:
        assert status == 200, answer


@pytest.mark.parametrize("route", API, ids=lambda one: one.name)
def test_a_body_comes_with_a_model_of_it_and_an_example_that_fits(route):
    assert (route.takes is None) == (route.body is None) == (route.verb == "GET")
    if route.takes:
        assert route.takes.model_validate(dict(route.body(["age", "plan"])), strict=True)


def test_a_route_that_nobody_of_ours_answers_is_not_described():
    assert all(one.described for one in API) and not replace(API[0], handler=None).described
