"""What is said of a route."""

from typing import get_args

import pytest

from features.config.api_section import Scope
from serving.api.routes import route
from serving.api.routes.route import GET, POST, READ, WITHIN, Route, enough, may


def test_it_is_asked_by_its_path_where_no_example_is_given():
    assert Route("/v1/a", GET, READ, "A.").example == "/v1/a"
    assert Route("/v1/{b}", GET, READ, "B.", sample="/v1/1").example == "/v1/1"


def test_a_caller_uses_the_first_of_its_methods():
    assert (Route("/", GET, READ, "").verb, Route("/", POST, READ, "").verb) == ("GET", "POST")


def test_scopes_are_those_that_a_key_may_have():
    ours = {getattr(route, name) for name in ("VIEW", "PEOPLE", "READ", "PREDICT", "OPERATE", "APPROVE", "ADMIN")}
    assert ours == set(get_args(Scope)) and {*WITHIN, *WITHIN.values()} <= ours


@pytest.mark.parametrize("scope", get_args(Scope))
def test_a_key_opens_its_own_scope_and_read_the_two_that_it_holds(scope):
    opened = {one for one in get_args(Scope) if may([scope], one)}
    assert opened == ({"read", "view", "people"} if scope == "read" else {scope})
    assert may([scope], route.ANY) and not may([], scope)
    assert enough(scope)[0] == scope
