"""Every path has one route; what is told of it never quotes the path."""

import pytest

from serving.api.guard.routes import ELSEWHERE, ROUTES, find


@pytest.mark.parametrize("path", [path for path in ROUTES if "{" not in path])
def test_a_path_leads_to_its_route(path):
    assert find(path) is ROUTES[path]


def test_a_user_stands_in_no_name():
    assert find("/v1/users/ann@example.com").name == "/v1/users/{user_id}"
    assert find("/v1/users/a/b//c/").name == "/v1/users/{user_id}"


@pytest.mark.parametrize(
    "path",
    ["/v1/users/", "/v1/users", "/", "/static_content/a.js", "/livez/", "//livez", "/LIVEZ", "/metrics/", "/v2/score"],
)
def test_what_looks_like_a_route_is_none(path):
    assert find(path) is ELSEWHERE
