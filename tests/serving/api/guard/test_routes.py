"""Every path has one route; what is told of it never quotes the path."""

import pytest

from serving.api.guard.routes import ELSEWHERE, ROUTES, find
from serving.api.routes import get_routes, table


@pytest.mark.parametrize("path", [path for path in ROUTES if "{" not in path])
def test_a_path_leads_to_its_route(path):
    assert find(path) is ROUTES[path]


def test_a_user_stands_in_no_name():
    assert find("/v1/users/ann@example.com").name == "/v1/users/{user_id}"
    assert find("/v1/users/a/b//c/").name == "/v1/users/{user_id}"
    assert find("/v1/users/ann@example.com/contact").name == "/v1/users/{user_id}/contact"
    assert find("/v1/users/a/contact/b/contact").name == "/v1/users/{user_id}/contact"
    assert find("/v1/users//contact").name == find("/v1/users/contact").name == "/v1/users/{user_id}"
    assert find("/v1/holdout/a/b//c/").name == "/v1/holdout/{user_id}"


def test_a_run_stands_in_no_name_and_holds_no_slash():
    assert find("/v1/campaigns/2026-03-02-0123456789").name == "/v1/campaigns/{run}"
    assert find("/v1/campaigns/a/b") is ELSEWHERE


@pytest.mark.parametrize("path", ["/v1/users/a/contact", "/v1/users//contact", "/v1/users/contact", "/v1/holdout/a/"])
def test_what_is_guarded_as_a_route_is_served_as_it(path):
    from starlette.routing import Match

    served = get_routes.app(table.GETS, table.API).routes
    scope = {"type": "http", "method": "GET", "path": path}
    first = next(one for one in served if one.matches(scope)[0] is Match.FULL)
    assert first.path == get_routes.path(find(path))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/",
        "/v1/users",
        "/v1/holdout/",
        "/v1/campaigns/",
        "/",
        "/static_content/a.js",
        "/livez/",
        "//livez",
        "/LIVEZ",
        "/metrics/",
        "/v2/score",
    ],
)
def test_what_looks_like_a_route_is_none(path):
    assert find(path) is ELSEWHERE
